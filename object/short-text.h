#pragma once

#include <stdbool.h>
#include <stddef.h>

/*
 * Text that has an end, whatever is added to it: what an object says about itself can be as long as its
 * author wants. Whoever adds in a loop stops when it is full.
 */
struct short_text {
	char *bytes; /* at least four */
	size_t size;
	size_t length;
	bool is_full; /* something was left out; the text ends with "..." */
};

void short_text_add(struct short_text *text, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Takes one blank from the end, if there is one. */
void short_text_trim(struct short_text *text);
