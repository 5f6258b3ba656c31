// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Writes JSON from beginning to end, without a tree of it in memory: byte for byte like json_dumps() of
 * jansson with JSON_INDENT(1), at a fraction of the cost. Start from {}; `is_compact` may be set. `name` is the name of an object's
 * member, in plain ASCII; NULL for items of a list and for the outermost value. When memory runs out nothing
 * more is written, and json_writer_finish() reports it.
 */
struct json_writer {
	char *text;
	size_t length, room;
	unsigned int depth;
	bool is_compact; /* without blanks and line ends, like JSON_COMPACT */
	bool is_inside;	 /* something precedes it in the same brackets */
	bool failed;
};

/* `bracket` is '{' or '['. */
void json_writer_open(struct json_writer *writer, const char *name, char bracket);
void json_writer_close(struct json_writer *writer, char bracket);

/* A NULL is omitted; bytes that are not UTF-8 become question marks. */
void json_writer_string(struct json_writer *writer, const char *name, const char *value);
void json_writer_number(struct json_writer *writer, const char *name, int64_t value);
void json_writer_boolean(struct json_writer *writer, const char *name, bool value);

/* A list of names, like verdicts_encode(). */
void json_writer_verdicts(struct json_writer *writer, const char *name, verdict_set set);

/* The text, which the caller frees; NULL: out of memory. The writer can be used again. */
char *json_writer_finish(struct json_writer *writer);
