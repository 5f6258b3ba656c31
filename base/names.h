#pragma once

#include <stddef.h>

/* The place of `name` among the names of an enum, which has `n` values; `n` if it is none of them. */
size_t names_find(const char *const *names, size_t n, const char *name);

/*
 * Adds the name to a list that people read, "a, b": `*list` is NULL at first, and to be freed. -ENOMEM;
 * the list is what it was then.
 */
int names_append(char **list, const char *name);
