#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text of others, such as the name of a file, can contain what a terminal obeys: control characters and
 * the sequences that begin with them, and characters that change the direction or the look of what is
 * around them. These functions show such characters instead, as \x1b or \u202e; all other characters
 * stay. What is printed to people or logged goes through them. The result is to be freed; NULL: no
 * memory.
 */

/* One line: line ends and tabs are shown, too. */
char *printable(const char *text);

/* The same, but line ends stay. */
char *printable_lines(const char *text);

/* The same of JSON text, which keeps its meaning. */
char *printable_json(const char *json);

/*
 * Decodes the character at the beginning of `text`, which is not empty, and returns its size in bytes;
 * `*ret` is UINT32_MAX for a byte that is not UTF-8.
 */
size_t character_decode(const char *text, uint32_t *ret);

/* Is it shown as it is? */
bool character_is_printable(uint32_t character);
