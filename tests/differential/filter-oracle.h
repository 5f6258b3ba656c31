// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * libpcap, whose header cannot be included together with linux/bpf.h, because both define struct bpf_insn.
 * Instructions are those of classic BPF, with the layout of struct sock_filter.
 */
struct oracle_filter {
	size_t n_instructions;
	void *instructions; /* owned */
};

/* Compiles an expression of pcap-filter(7) for Ethernet; false: `*ret_problem` has libpcap's words, static. */
bool oracle_compile(const char *expression, struct oracle_filter *ret, const char **ret_problem);
void oracle_filter_done(struct oracle_filter *filter);

/* What libpcap's interpreter returns for the packet. */
uint32_t oracle_run(const void *instructions, const unsigned char *packet, size_t length);
