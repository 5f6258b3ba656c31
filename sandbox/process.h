// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A child process, from its start to its end. */
struct process {
	pid_t pid;
	int output; /* the end of the pipe that its standard output is read from */
};

/* How a process ended. */
struct ending {
	bool in_time;
	int status; /* as from waitpid(2); -1: unknown, because SIGCHLD is ignored */
};

/*
 * Starts a program with /dev/zero as its standard input, /dev/null as its standard error, a pipe as its standard
 * output, and `fds` as its descriptors from 3 on. It has no other descriptors, no environment, and default signal
 * handlers.
 * -errno.
 */
int process_start(const char *program, char *const *arguments, size_t n_fds, const int *fds,
		  struct process *ret);

/*
 * Reads at most `size` bytes of what the process writes, until it closes its output, has written more, or
 * `seconds` are over; then kills it and waits for its end. Returns how many bytes it wrote.
 */
size_t process_finish(struct process *process, void *bytes, size_t size, unsigned int seconds,
		      struct ending *ret);
