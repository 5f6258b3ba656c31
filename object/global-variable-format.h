// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/global-variable.h"

/*
 * The value in `bytes`, which has the variable's size, in C notation: "7", "\"eth0\"", "{1, 2}", "?" if it
 * cannot be described. At most `length_max` characters (three or more); a longer value ends with "...". The
 * caller frees it; NULL: out of memory. Pure.
 */
char *global_variable_format(const struct btf *btf, const struct global_variable *variable,
			     const void *bytes, size_t length_max);
