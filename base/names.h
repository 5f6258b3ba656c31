#pragma once

#include <stddef.h>

/* The place of `name` among the names of an enum, which has `n` values; `n` if it is none of them. */
size_t names_find(const char *const *names, size_t n, const char *name);
