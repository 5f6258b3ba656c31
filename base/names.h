// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stddef.h>

/* The position of `name` among the `n` names of an enum; `n` if it is not among them. */
size_t names_find(const char *const *names, size_t n, const char *name);

/*
 * Appends the name to a list for people, "a, b". `*list` is NULL at first; the caller frees it. -ENOMEM, and
 * the list is unchanged.
 */
int names_append(char **list, const char *name);
