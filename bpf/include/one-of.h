#pragma once

/*
 * For the declarations of kfuncs: one of the weak functions of a group must be there, or xdpd
 * refuses to attach the program before it loads anything, and says which functions it looked for.
 * What follows three underscores is a flavour, no part of the name that the kernel knows
 * (`some_kfunc___old` is its `some_kfunc`, with that prototype), so that a program can be written
 * for kernels with either prototype:
 *
 *	extern int some_kfunc___old(struct xdp_md *ctx) __ksym __weak __one_of(some);
 *	extern int some_kfunc___new(struct xdp_md *ctx, __u32 flags) __ksym __weak __one_of(some);
 *
 *	if (bpf_ksym_exists(some_kfunc___new))
 *		some_kfunc___new(ctx, 0);
 *	else
 *		some_kfunc___old(ctx);
 *
 * The group is a name of the author's, for this object alone. It becomes a declaration tag in the
 * object's BTF, "xdpd:one_of:GROUP", which other loaders take no notice of.
 */
#define __one_of(group) __attribute__((btf_decl_tag("xdpd:one_of:" #group)))

/*
 * The same, but exactly one of them must be there: for a program that would choose wrongly if the kernel had two. Its
 * tag is "xdpd:exactly_one_of:GROUP". A group is of one kind: if a member asks for exactly one, that holds for all.
 */
#define __exactly_one_of(group) __attribute__((btf_decl_tag("xdpd:exactly_one_of:" #group)))
