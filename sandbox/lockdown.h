#pragma once

#include "base/error.h"

#include <stddef.h>

/* What a process still may use; more of it is refused, or ends the process by SIGXCPU or SIGXFSZ. */
struct lockdown {
	size_t memory;		  /* bytes of address space */
	size_t file_size;	  /* bytes of each file that it writes */
	unsigned int cpu_seconds; /* of processor time */
	unsigned int n_fds;	  /* descriptors that are open at the same time */
};

/*
 * Takes from this process, for good, everything that is not needed to read and write the descriptors
 * that it has: capabilities, user and groups (if it may change these), privileges gained by exec, and all
 * system calls but a few. It also ends when the thread that started it ends. For a process with one
 * thread that starts no others. Errors: Internal; the process must not go on then.
 */
int lockdown(const struct lockdown *limits, struct error *error);

/*
 * The same for a process that makes one process for each object, and has seen no object itself. These call
 * lockdown_child() before they look at anything.
 */
int lockdown_zygote(struct error *error);
int lockdown_child(const struct lockdown *limits, struct error *error);
