// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stddef.h>

/* What a process may still use; using more fails, or ends the process by SIGXCPU or SIGXFSZ. */
struct lockdown {
	size_t memory;		  /* bytes of address space */
	size_t file_size;	  /* bytes of each file that it writes */
	unsigned int cpu_seconds; /* processor time */
	unsigned int n_fds;	  /* descriptors that are open at the same time */
};

/*
 * Permanently removes from this process everything that it does not need to read and write its open
 * descriptors: capabilities, user and groups (if it may change them), privileges gained by exec, and all but
 * a few system calls. It also ends when the thread that started it ends. For a process with one thread that
 * starts no others. Errors: Internal; the process must not continue then.
 */
int lockdown(const struct lockdown *limits, struct error *error);

/*
 * The same for a process that starts one process for each object, and never reads an object itself. Those
 * processes call lockdown_child() before they read anything.
 */
int lockdown_zygote(struct error *error);
int lockdown_child(const struct lockdown *limits, struct error *error);
