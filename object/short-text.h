// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Text of limited length, for what an object says about itself, which can be as long as its author wants.
 * Code that adds in a loop stops when it is full.
 */
struct short_text {
	char *bytes; /* room for at least four */
	size_t size;
	size_t length;
	bool is_full; /* something was left out, and the text ends with "..." */
};

/* Adds the text, or as much of it as there is room for. */
void short_text_add(struct short_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Removes one blank from the end, if there is one. */
void short_text_trim(struct short_text *text);
