// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A list that owns its strings; zeroed it is empty. */
struct strings {
	size_t n_items;
	char **items;
};

/* Adds a copy of the first `length` characters of the text. -ENOMEM, and the list is unchanged. */
int strings_add(struct strings *list, const char *text, size_t length);

/* Adds a text that is formatted as by printf(3). The same errors. */
int strings_print(struct strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds copies of all strings of `more`. -ENOMEM; some of them may have been added then. */
int strings_append(struct strings *list, const struct strings *more);

/* Removes the string at that position. */
void strings_remove(struct strings *list, size_t number);

/* Is that string in the list? */
bool strings_have(const struct strings *list, const char *text);

/* The same strings in the same order? */
bool strings_equal(const struct strings *list, const struct strings *other);

/* Frees the contents. */
void strings_done(struct strings *list);
