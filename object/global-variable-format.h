#pragma once

#include "object/global-variable.h"

/*
 * The value that a variable has in `bytes`, of its size, in the words of C: "7", "\"eth0\"",
 * "{1, 2}", "?" for what cannot be described; at most `length_max` characters (three or more), the last of
 * which are "..." then. To be freed; NULL: no memory. Pure.
 */
char *global_variable_format(const struct btf *btf, const struct global_variable *variable,
			     const void *bytes, size_t length_max);
