// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/terminal.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

/* Without memory nothing is printed, because the text could control the terminal. */
void report_error(const char *format, ...)
{
	cleanup(freep) char *sentence = NULL;
	cleanup(freep) char *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	sentence = format_text(format, arguments);
	va_end(arguments);
	safe = sentence ? printable(sentence) : NULL;
	fprintf(stderr, "xdpctl: %s\n", safe ?: "out of memory");
}

void report_error_line(const char *line)
{
	cleanup(freep) char *safe = printable(line);

	fprintf(stderr, "    %s\n", safe ?: "out of memory");
}

static json_t *copy(const json_t *value, bool keeps_lines);

static json_t *copy_object(const json_t *object)
{
	json_t *made = json_object();
	const char *name;
	json_t *value;

	json_object_foreach((json_t *)object, name, value)
		json_object_set_new(made, name, copy(value, !strcmp(name, "detail")));
	return made;
}

static json_t *copy_array(const json_t *array)
{
	json_t *made = json_array();
	json_t *value;
	size_t i;

	json_array_foreach(array, i, value) json_array_append_new(made, copy(value, false));
	return made;
}

static json_t *copy_string(const json_t *string, bool keeps_lines)
{
	const char *text = json_string_value(string);
	cleanup(freep) char *safe = keeps_lines ? printable_lines(text) : printable(text);

	return json_string(safe ?: "out of memory");
}

static json_t *copy(const json_t *value, bool keeps_lines)
{
	if (json_is_object(value))
		return copy_object(value);
	if (json_is_array(value))
		return copy_array(value);
	if (json_is_string(value))
		return copy_string(value, keeps_lines);
	return json_incref((json_t *)value);
}

json_t *reply_printable(const json_t *reply)
{
	return copy(reply, false);
}

void print_json(const json_t *value, size_t flags)
{
	cleanup(freep) char *text = json_dumps(value, flags);
	cleanup(freep) char *safe = text ? printable_json(text) : NULL;

	puts(safe ?: "null");
}

/* For terminals that do not report their width, such as a serial line. */
#define WIDTH_USUAL 80

/* COLUMNS has precedence, as in ncurses(3X) and systemd. */
size_t terminal_width(void)
{
	const char *columns = getenv("COLUMNS");
	long width = columns ? strtol(columns, NULL, 10) : 0;
	struct winsize size = {};

	if (!isatty(STDOUT_FILENO))
		return SIZE_MAX;
	if (width > 0)
		return width;
	if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 0)
		return size.ws_col;
	return WIDTH_USUAL;
}
