#pragma once

#include <stdbool.h>

/*
 * Where libbpf's calls of the kernel go in this process, which may make none: over the socket to the process that
 * uses the parser, which makes them or refuses (sandbox/calls.h). To libbpf it looks as if the kernel had
 * answered; a descriptor that it gets is an empty file that stands for the one of the user.
 */

/* From now on over that socket. */
void calls_begin(int socket);

/* Before, the process has not seen an object, and opens files itself. */
bool calls_have_begun(void);

/* The next program that is loaded is the one to be attached. */
void calls_mark_chosen(bool is_chosen);

/* A descriptor that stands for the handle, for libbpf to close; -errno. */
int calls_descriptor(unsigned int handle);

/* The handle that a descriptor stands for; 0: none. */
unsigned int calls_handle(int fd);

/* A descriptor of a file that tells about the kernel; -1 and errno. */
int calls_open(const char *path);
