// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

/*
 * Functions that a policy (xdpd/slot.h) offers to the components in its slots. The policy, or a library that
 * is linked to it, defines the function:
 *
 *	XDPD_OFFER(struct packet_info *, bpf_packet_parser, struct xdp_md *ctx)
 *	{
 *		...
 *	}
 *
 * A component declares that it needs the function, and calls it like its own:
 *
 *	XDPD_NEED(struct packet_info *, bpf_packet_parser, struct xdp_md *ctx)
 *
 *	SEC("freplace/on_packet") int fw(struct xdp_md *ctx)
 *	{
 *		struct packet_info *info = bpf_packet_parser(ctx);
 *
 *		if (!info)
 *			return XDP_PASS;
 *		...
 *	}
 *
 * xdpd compares both declarations, and makes the component's call reach the policy's function. The kernel has
 * calls only inside a program, so a chain with such a component is always fused.
 *
 * - The program of the policy must call the function, or the compiled program does not contain it.
 * - The function is hidden, so the kernel verifies it with the arguments of each call: arguments and result
 *   may be pointers to anything, and it is not a slot.
 * - The component is verified alone first. Its call then gets NULL, or -1 if the result is not a pointer; the
 *   component must not use the result, or what the function should have written, in that case.
 *
 * Both become declaration tags in the object's BTF, "xdpd:offers:NAME" and "xdpd:needs:NAME", which other loaders
 * ignore. Clang 14 or newer is needed.
 */
#define XDPD_OFFER(type, name, ...)                                        \
	__attribute__((visibility("hidden"), noinline))                    \
	__attribute__((btf_decl_tag("xdpd:offers:" #name))) type name(__VA_ARGS__)

/* It is weak, so that the compiler does not know its result or how it uses its arguments. */
#define XDPD_NEED(type, name, ...)                                                      \
	__attribute__((weak, visibility("hidden"), noinline))                           \
	__attribute__((btf_decl_tag("xdpd:needs:" #name))) type name(__VA_ARGS__)       \
	{                                                                               \
		return (type)(__builtin_classify_type((type)0) == 5 /* a pointer */ ? 0 \
										    : -1L); \
	}
