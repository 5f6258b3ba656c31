// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <linux/bpf.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * A way to run an XDP program that another loader has loaded: a tail call, which does not return.
 */
struct tail_call {
	int array_fd; /* a program array with the program as its only entry */
	/*
	 * How a program must be loaded so that the kernel accepts the tail call: the same way as this
	 * program.
	 */
	enum bpf_attach_type attach_type;
	bool frags;
};

/* The number of programs in the array. */
size_t tail_call_count(int array_fd, uint32_t n_entries);

/*
 * Creates the array for a program; `name` is how errors name it. The caller keeps the fd of the program, and
 * owns the fd of the array.
 */
int tail_call_new(int program_fd, const char *name, struct tail_call *ret, struct error *error);
