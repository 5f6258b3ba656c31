// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <linux/bpf.h>
#include <linux/filter.h>
#include <stddef.h>

/*
 * Packet filters of clients: classic BPF for Ethernet, as pcap_compile() makes it, becomes instructions of an
 * XDP program. A filter comes from outside, so it is checked first.
 */
#define FILTER_LENGTH_MAX 512 /* instructions of classic BPF */

/* Bytes of the frame for the filter's scratch memory. */
#define FILTER_STACK_SIZE (BPF_MEMWORDS * 4)

/* What the filter finds in the program that it becomes part of. */
struct filter_place {
	int context_register; /* it holds the program's context: r1, or r6 to r9 */
	int stack_offset; /* of FILTER_STACK_SIZE bytes in the frame; a multiple of 4, negative */
	/*
	 * In the frame: a 32-bit word with the length of the whole packet. 0: the filter takes the length of
	 * the linear data, which is that of the packet unless the packet has several buffers.
	 */
	int length_offset;
};

/* Position-independent instructions, at least one. */
struct filter_code {
	struct bpf_insn *instructions;
	size_t n_instructions;
};

/*
 * Checks a filter as the kernel's bpf_check_classic() (net/core/filter.c) does: opcodes, jumps, shifts,
 * divisors, and that no scratch memory is read before it is written. It is stricter in the length, and
 * refuses loads at negative offsets, with which the kernel means data that is not in the packet. Errors:
 * InvalidArgument, with a sentence that names the instruction, counted from 0; OutOfMemory.
 */
int filter_check(size_t n, const struct sock_filter *instructions, struct error *error);

/*
 * Checks the filter, and translates it to instructions that set r0 to the filter's result (0: the packet does
 * not match; its lower 32 bits count), and then continue after their end. They overwrite r0 to r5 and
 * FILTER_STACK_SIZE bytes of the frame, and call nothing. As in libpcap's interpreter (bpf_filter()), a load
 * beyond the linear data, or a division by zero, ends the filter with 0. Makes no system call. Free with
 * filter_code_done(). Errors: as filter_check().
 */
int filter_translate(size_t n, const struct sock_filter *instructions,
		     const struct filter_place *place, struct filter_code *ret,
		     struct error *error);
void filter_code_done(struct filter_code *code);
