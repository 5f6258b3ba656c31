// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

/*
 * For declarations of kfuncs: at least one of the weak functions of a group must exist. Otherwise xdpd
 * refuses to attach the program before it loads anything, and names the functions that it looked for.
 * What follows three underscores is a flavour and not part of the kernel's name (`some_kfunc___old` is the
 * kernel's `some_kfunc`, with that prototype), so a program can be written for kernels with either prototype:
 *
 *	extern int some_kfunc___old(struct xdp_md *ctx) __ksym __weak __one_of(some);
 *	extern int some_kfunc___new(struct xdp_md *ctx, __u32 flags) __ksym __weak __one_of(some);
 *
 *	if (bpf_ksym_exists(some_kfunc___new))
 *		some_kfunc___new(ctx, 0);
 *	else
 *		some_kfunc___old(ctx);
 *
 * The author chooses the name of the group, which is valid in this object only. It becomes a declaration tag
 * in the object's BTF, "xdpd:one_of:GROUP", which other loaders ignore.
 */
#define __one_of(group) __attribute__((btf_decl_tag("xdpd:one_of:" #group)))

/*
 * The same, but exactly one of them must exist: for a program that would choose wrongly if the kernel had two
 * of them. Its tag is "xdpd:exactly_one_of:GROUP". If one member of a group uses it, it applies to the whole group.
 */
#define __exactly_one_of(group) __attribute__((btf_decl_tag("xdpd:exactly_one_of:" #group)))
