// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/json-writer.h"

#include "base/cleanup.h"
#include "base/json.h"

#include <string.h>

/* Makes room for `length` more bytes and a NUL byte; NULL: out of memory. */
static char *extend(struct json_writer *writer, size_t length)
{
	size_t room = writer->room ?: 4096;
	char *longer;

	while (room <= writer->length + length)
		room *= 2;
	if (room > writer->room && !writer->failed) {
		longer = realloc(writer->text, room);
		writer->failed = !longer;
		writer->text = longer ?: writer->text;
		writer->room = longer ? room : writer->room;
	}
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
static void new_line(struct json_writer *writer)
{
	char *to = writer->is_compact ? NULL : extend(writer, 1 + writer->depth);

	if (!to)
		return;
	*to = '\n';
	memset(to + 1, ' ', writer->depth);
}

/* Most strings need no escapes. */
static bool is_plain(const char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~' || *text == '"' || *text == '\\')
			return false;
	return true;
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

static void append_quoted(struct json_writer *writer, const char *text)
{
	if (!is_plain(text)) {
		append_odd(writer, text);
		return;
	}
	append(writer, "\"", 1);
	append(writer, text, strlen(text));
	append(writer, "\"", 1);
}

/* Writes what comes before a value. */
static void begin(struct json_writer *writer, const char *name)
{
	if (writer->is_inside)
		append(writer, ",", 1);
	if (writer->depth)
		new_line(writer);
	writer->is_inside = true;
	if (!name)
		return;
	append(writer, "\"", 1);
	append(writer, name, strlen(name));
	append(writer, "\": ", writer->is_compact ? 2 : 3);
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
	writer->depth--;
	if (writer->is_inside)
		new_line(writer);
	append(writer, &bracket, 1);
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
