// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Text from outside, such as a file name, can contain characters that a terminal interprets: control
 * characters, the sequences that begin with them, and characters that change the direction or the look of the
 * text around them. These functions replace such characters by \x1b, \u202e and the like, and leave all
 * others. Everything that is printed for people or logged goes through them. The caller frees the result;
 * NULL: out of memory.
 */

/* One line: line ends and tabs are replaced, too. */
char *printable(const char *text);

/* The same, but line ends stay. */
char *printable_lines(const char *text);

/* The same for JSON text, which keeps its meaning. */
char *printable_json(const char *json);

/*
 * Decodes the character at the beginning of `text`, which is not empty, and returns its size in bytes;
 * `*ret` is UINT32_MAX for a byte that is not UTF-8.
 */
size_t character_decode(const char *text, uint32_t *ret);

/* Is it printed unchanged? */
bool character_is_printable(uint32_t character);
