#pragma once

#include <jansson.h>
#include <stddef.h>

/* What is written to a terminal: whatever comes from outside goes through base/printable.h before. */

/* "xdpctl: " and the sentence on stderr, one line. */
void report_error(const char *format, ...) __attribute__((format(printf, 1, 2)));

/* A further line below it. */
void report_error_line(const char *line);

/*
 * A copy of a reply, to be shown to people: all strings in it can be printed as they are. Strings named
 * "detail" keep their line ends, all others are one line. A new reference.
 */
json_t *reply_printable(const json_t *reply);

/* The value as JSON on stdout, and a line end; `flags` as for json_dumpf(). */
void print_json(const json_t *value, size_t flags);

/*
 * How many columns a line on stdout may have: those of the terminal, or SIZE_MAX if stdout is not one, for
 * what goes to a file or another program is not cut.
 */
size_t terminal_width(void);
