// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>

/*
 * Where libbpf's calls of the kernel go in this process, which may make none: over the socket to the process
 * that uses the parser, which makes or refuses them (sandbox/calls.h). To libbpf it looks as if the kernel
 * had answered; a descriptor that it gets is a copy of an empty file, and a table has what it represents in
 * the other process.
 */

/* From now on calls go over that socket. */
void calls_begin(int socket);

/* Before, the process has not read an object, and opens files itself. */
bool calls_have_begun(void);

/* Marks the next program that is loaded as the one to attach, or not. */
void calls_mark_chosen(bool is_chosen);

/* A descriptor for libbpf to close that represents the handle; -errno. */
int calls_descriptor(unsigned int handle);

/* A descriptor that represents nothing; -errno. */
int calls_placeholder(void);

/* Keep the table current when libbpf copies or closes descriptors. */
void calls_copied(int fd, int copy);
void calls_closed(int fd);

/* The handle that a descriptor represents; 0: none. */
unsigned int calls_handle(int fd);

/* A descriptor of a file that describes the kernel; -1 and errno. */
int calls_open(const char *path);
