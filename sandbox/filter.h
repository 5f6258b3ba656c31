// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

/*
 * Which system calls a process may make: each of the first three also allows the calls of those before it. All
 * others fail with EPERM.
 */
enum filter {
	/* Read and write open descriptors, allocate memory that is not executable, and exit. */
	FILTER_FILES,
	/* Use the socket that it has. */
	FILTER_OBJECT,
	/* Start processes that have fewer rights. */
	FILTER_ZYGOTE,
	/*
	 * Send and receive descriptors, and ask for the names of files; not what FILTER_ZYGOTE adds. For
	 * processes that receive what clients of the daemon send.
	 */
	FILTER_RECEIVER,
};

/*
 * Permanently limits this process to the system calls of that filter, and of the filters that it had before.
 * It must have set PR_SET_NO_NEW_PRIVS. -errno.
 */
int filter_install(enum filter filter);

/*
 * Adds a narrower filter to a process with FILTER_ZYGOTE. It is shorter, because it is built for each object.
 * -errno.
 */
int filter_narrow(enum filter filter);
