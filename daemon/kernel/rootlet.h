#pragma once

#include "base/node.h"
#include "daemon/kernel/component/component.h"

#include <stdint.h>

/* Its name in the kernel. */
#define ROOTLET_NAME "xdpd_rootlet"

/* The program that is attached to a device and runs its chain, with its counters. */
struct rootlet {
	struct node node;
	int fd;
	uint32_t id;
	uint32_t verified; /* instructions the verifier followed; 0: not known */
	int counters_fd;
	size_t n_rows;	/* of bpf/counter-rows.h */
	int account_fd; /* of the link of the extension that counts for it; -1: it does itself */
};

/* A rootlet's program, before it is loaded. */
struct rootlet_program {
	const char *name;
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const char *license;
	bool frags;
	enum bpf_attach_type attach_type;
	unsigned int bound_to; /* as of load options */
	int btf_fd;	       /* 0: without types, functions and lines */
	size_t n_functions;
	const struct bpf_func_info *functions;
	size_t n_lines;
	const struct bpf_line_info *lines;
	const int *modules; /* BTF that its calls mean by their offsets (fd_array); NULL: none */
};

/*
 * Loads the program; its fd, or a negative errno. The verifier writes as much into `log`, a string
 * of VERIFIER_LOG_SIZE bytes, as `log_level` asks for (object/verifier-log.h). NULL and 0: nothing.
 */
int rootlet_load(const struct rootlet_program *program, char *log, unsigned int log_level);

/*
 * Makes a node of a loaded program and its counter map, taking both fds, also on failure. It
 * holds `needs`: the components whose instructions it contains.
 */
int rootlet_new(int fd, int counters_fd, size_t n_rows, size_t n_needs, struct node *const *needs,
		struct rootlet **ret, struct error *error);

/* Takes its node's hold away; NULL is fine. */
void rootlet_release(struct rootlet **rootlet);
