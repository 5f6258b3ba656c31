#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/* A child of this process, from its start to its end. */
struct process {
	pid_t pid;
	int output; /* what it writes to its standard output is read here */
};

/* How it ended. */
struct ending {
	bool in_time;
	int status; /* as from waitpid(2); -1: it is not known, because SIGCHLD is ignored */
};

/*
 * Starts a program with /dev/null as its standard input and error, a pipe as its standard output,
 * `fds` as its descriptors 3 and following, no others, no environment, and the default for all signals.
 * -errno.
 */
int process_start(const char *program, char *const *arguments, size_t n_fds, const int *fds,
		  struct process *ret);

/*
 * Reads what the process writes, `size` bytes at most, until it closes its output, has written more or
 * `seconds` are over; whatever it does then, it is killed, and it is gone. Returns how many bytes it
 * wrote.
 */
size_t process_finish(struct process *process, void *bytes, size_t size, unsigned int seconds,
		      struct ending *ret);
