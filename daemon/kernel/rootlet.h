// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/node.h"
#include "daemon/kernel/component/component.h"

#include <stdint.h>

/* The name of the program in the kernel. */
#define ROOTLET_NAME "xdpd_rootlet"

/* The program that is attached to a device and runs its chain, with its counters. */
struct rootlet {
	struct node node;
	int fd;
	uint32_t id;
	uint32_t verified; /* instructions that the verifier followed; 0: not known */
	int counters_fd;
	size_t n_rows; /* rows for counting (bpf/counter-rows.h) */
	/* Of the link of the extension that counts for the rootlet; -1: the rootlet counts itself. */
	int account_fd;
};

/* What a rootlet's program is loaded from. */
struct rootlet_program {
	const char *name;
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const char *license;
	bool frags;
	enum bpf_attach_type attach_type;
	unsigned int bound_to; /* as in struct load_options */
	int btf_fd;	       /* 0: no BTF, so no records of functions and lines */
	size_t n_functions;
	const struct bpf_func_info *functions;
	size_t n_lines;
	const struct bpf_line_info *lines;
	/* BTF of modules, to which the offsets of calls refer (fd_array); NULL: none */
	const int *modules;
};

/*
 * Loads the program. Returns its fd, or a negative errno. The verifier writes into `log`, a string of
 * verifier_log_size() bytes, as much as `log_level` asks for (object/verifier-log.h). NULL and 0: no log.
 */
int rootlet_load(const struct rootlet_program *program, char *log, unsigned int log_level);

/*
 * Makes a node of a loaded program and its counter map. Takes both fds, also on failure. The node holds
 * `needs`: the components whose instructions the program contains.
 */
int rootlet_new(int fd, int counters_fd, size_t n_rows, size_t n_needs, struct node *const *needs,
		struct rootlet **ret, struct error *error);

/* Releases the hold on its node; NULL is fine. */
void rootlet_release(struct rootlet **rootlet);
