// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

/* Runs `function(&variable)` when the variable goes out of scope. */
#define cleanup(function) __attribute__((cleanup(function)))

/* Takes the value out of a pointer variable and leaves NULL: ownership moves on. */
#define steal(pointer)                                        \
	({                                                    \
		__typeof__(pointer) *steal_from = &(pointer); \
		__typeof__(pointer) stolen = *steal_from;     \
		*steal_from = NULL;                           \
		stolen;                                       \
	})

/* The same for a file descriptor: leaves -1. */
static inline int steal_fd(int *fd)
{
	int stolen = *fd;

	*fd = -1;
	return stolen;
}

/* For cleanup(freep) on any pointer from malloc(). */
static inline void freep(void *pointer)
{
	free(*(void **)pointer);
}

/* For cleanup(closep): closes unless negative and keeps errno, so that it can sit on error paths. */
static inline void closep(int *fd)
{
	int saved = errno;

	if (*fd >= 0)
		close(*fd);
	*fd = -1;
	errno = saved;
}

#define array_size(array) (sizeof(array) / sizeof((array)[0]))
