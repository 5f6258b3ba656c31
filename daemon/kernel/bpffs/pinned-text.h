#pragma once

#include "base/error.h"

/*
 * A text in the kernel that can be pinned beside what it describes and outlives files: the only value of a
 * map that is frozen.
 */

/* The fd of a map with the text, to be closed. */
int pinned_text_new(const char *text, struct error *error);

/* The text, to be freed; NULL if that is no such map, or there is no memory. */
char *pinned_text_read(int fd);
