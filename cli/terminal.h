// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stddef.h>

/* Output to a terminal. Everything from outside goes through base/printable.h first. */

/* Prints "xdpctl: " and the sentence on stderr, as one line. */
void report_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* Prints a further line below it. */
void report_error_line(const char *line);

/*
 * A copy of a reply for people: all strings in it can be printed unchanged. Strings named "detail" keep their
 * line ends, all others become one line. A new reference.
 */
json_t *reply_printable(const json_t *reply);

/* Prints the value as JSON on stdout, and a line end; `flags` as for json_dumpf(). */
void print_json(const json_t *value, size_t flags);

/*
 * The maximum number of columns of a line on stdout: those of the terminal, or SIZE_MAX if stdout is not a
 * terminal, because output to a file or another program is not cut.
 */
size_t terminal_width(void);
