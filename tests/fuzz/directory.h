// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/*
 * directory_get() is a directory in memory, the same one in each call; directory_write() writes a file into it. A
 * failure ends the program.
 */
const char *directory_get(void);
void directory_write(const char *name, const void *bytes, size_t size);

/* Removes all files. */
void directory_empty(void);
