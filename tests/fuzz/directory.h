#pragma once

#include <stddef.h>

/*
 * A directory in memory for files to be read from, the same one in each call; "" and 0 bytes for no file. Fails
 * by ending the program.
 */
const char *directory_get(void);
void directory_write(const char *name, const void *bytes, size_t size);

/* Without any files. */
void directory_empty(void);
