#pragma once

/* Which system calls a process may make: each filter allows those before it, too. All others fail with EPERM. */
enum filter {
	/* Read and write open descriptors, allocate memory without code in it, and exit. */
	FILTER_FILES,
	/* Speak over the socket that it has, and make anonymous memory. */
	FILTER_OBJECT,
	/* Make processes with less than it has itself. */
	FILTER_ZYGOTE,
};

/*
 * Lets this process, for good, make only the system calls of that filter and of those that it had before. It has
 * given up new privileges (PR_SET_NO_NEW_PRIVS). -errno.
 */
int filter_install(enum filter filter);

/*
 * The same for a process with FILTER_ZYGOTE, to which a narrower filter is added. It is shorter, because it is made for
 * each object. -errno.
 */
int filter_narrow(enum filter filter);
