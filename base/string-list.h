#pragma once

#include <stdbool.h>
#include <stddef.h>

/* A list that owns its strings; zeroed it is empty. */
struct strings {
	size_t n_items;
	char **items;
};

/* Adds a copy of the first `length` characters of the text. -ENOMEM, and the list is as it was. */
int strings_add(struct strings *list, const char *text, size_t length);

/* Adds a text, made as by printf(3). The same. */
int strings_print(struct strings *list, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Adds copies of all of `more`. -ENOMEM; some may be added then. */
int strings_append(struct strings *list, const struct strings *more);

/* Takes that item out. */
void strings_remove(struct strings *list, size_t number);

/* The same strings in the same order? */
bool strings_equal(const struct strings *list, const struct strings *other);

/* Frees the contents. */
void strings_done(struct strings *list);
