// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/json-writer.h"

#include "base/cleanup.h"
#include "base/json.h"

#include <string.h>
#include <sys/types.h>

static void grow(struct json_writer *writer, size_t needed)
{
	size_t room = writer->room ?: 4096;
	char *longer;

	while (room <= needed)
		room *= 2;
	longer = writer->failed ? NULL : realloc(writer->text, room);
	if (longer) {
		writer->text = longer;
		writer->room = room;
	} else {
		writer->failed = true;
	}
}

/* Makes room for `length` more bytes and a NUL byte; NULL: out of memory. */
static inline char *extend(struct json_writer *writer, size_t length)
{
	if (writer->length + length >= writer->room)
		grow(writer, writer->length + length);
	if (writer->failed)
		return NULL;
	writer->length += length;
	return writer->text + writer->length - length;
}

static void append(struct json_writer *writer, const char *bytes, size_t length)
{
	char *to = extend(writer, length);

	if (to)
		memcpy(to, bytes, length);
}

/* One blank for each open bracket. */
static size_t indentation(const struct json_writer *writer)
{
	return writer->is_compact ? 0 : 1 + writer->depth;
}

static char *put_new_line(char *to, size_t length)
{
	if (length == 0)
		return to;
	*to = '\n';
	return (char *)memset(to + 1, ' ', length - 1) + length - 1;
}

/* Most strings need no escapes. Returns the length of such a string; -1: it needs some. */
static ssize_t plain_length(const char *text)
{
	const char *end = text;

	for (; *end; end++)
		if (*end < ' ' || *end > '~' || *end == '"' || *end == '\\')
			return -1;
	return end - text;
}

/* jansson knows how to escape the rest. */
static void append_odd(struct json_writer *writer, const char *text)
{
	cleanup(json_decrefp) json_t *string = text_encode(text);
	cleanup(freep) char *quoted = string ? json_dumps(string, JSON_ENCODE_ANY) : NULL;

	if (quoted)
		append(writer, quoted, strlen(quoted));
	else
		writer->failed = true;
}

static char *put_quoted(char *to, const char *text, size_t length)
{
	*to = '"';
	to = mempcpy(to + 1, text, length);
	*to = '"';
	return to + 1;
}

static void append_quoted(struct json_writer *writer, const char *text)
{
	ssize_t length = plain_length(text);
	char *to;

	if (length < 0) {
		append_odd(writer, text);
		return;
	}
	to = extend(writer, length + 2);
	if (to)
		put_quoted(to, text, length);
}

/*
 * Writes what comes before a value. A record has hundreds of values, so the room for all of that is made at
 * once.
 */
static void begin(struct json_writer *writer, const char *name)
{
	size_t new_line = writer->depth ? indentation(writer) : 0;
	size_t name_length = name ? strlen(name) : 0;
	size_t after_name = writer->is_compact ? 1 : 2; /* the colon, and a blank */
	char *to = extend(writer,
			  writer->is_inside + new_line + (name ? name_length + 2 + after_name : 0));

	if (to && writer->is_inside)
		*to++ = ',';
	writer->is_inside = true;
	if (!to)
		return;
	to = put_new_line(to, new_line);
	if (name)
		memcpy(put_quoted(to, name, name_length), ": ", after_name);
}

void json_writer_open(struct json_writer *writer, const char *name, char bracket)
{
	begin(writer, name);
	append(writer, &bracket, 1);
	writer->depth++;
	writer->is_inside = false;
}

void json_writer_close(struct json_writer *writer, char bracket)
{
	size_t new_line;
	char *to;

	writer->depth--;
	new_line = writer->is_inside ? indentation(writer) : 0;
	to = extend(writer, new_line + 1);
	if (to)
		*put_new_line(to, new_line) = bracket;
	writer->is_inside = true;
}

void json_writer_string(struct json_writer *writer, const char *name, const char *value)
{
	if (!value)
		return;
	begin(writer, name);
	append_quoted(writer, value);
}

/* Because printf(3) would take most of the writer's time. */
void json_writer_number(struct json_writer *writer, const char *name, int64_t value)
{
	char digits[20], *first = digits + sizeof(digits);
	uint64_t rest = value < 0 ? -(uint64_t)value : (uint64_t)value;

	begin(writer, name);
	do {
		*--first = '0' + rest % 10;
		rest /= 10;
	} while (rest > 0);
	if (value < 0)
		*--first = '-';
	append(writer, first, digits + sizeof(digits) - first);
}

void json_writer_boolean(struct json_writer *writer, const char *name, bool value)
{
	begin(writer, name);
	append(writer, value ? "true" : "false", value ? 4 : 5);
}

void json_writer_verdicts(struct json_writer *writer, const char *name, verdict_set set)
{
	json_writer_open(writer, name, '[');
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (set & VERDICT_BIT(verdict))
			json_writer_string(writer, NULL, verdict_name(verdict));
	json_writer_close(writer, ']');
}

char *json_writer_finish(struct json_writer *writer)
{
	char *end = extend(writer, 0), *text = writer->text;

	if (end) {
		*end = '\0';
	} else {
		free(text);
		text = NULL;
	}
	*writer = (struct json_writer){};
	return text;
}
