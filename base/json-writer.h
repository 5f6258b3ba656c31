#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * JSON written from front to back, without a tree of it in memory: byte for byte as json_dumps() of
 * jansson writes it with JSON_INDENT(1), at a fraction of the cost. Start from {}. `name` is that of
 * a member of an object, in plain ASCII; NULL for the items of a list, and for the whole. Without
 * memory nothing more is written, and the end tells.
 */
struct json_writer {
	char *text;
	size_t length, room;
	unsigned int depth;
	bool is_inside; /* something stands before in the same brackets */
	bool failed;
};

/* `bracket` is '{' or '['. */
void json_writer_open(struct json_writer *writer, const char *name, char bracket);
void json_writer_close(struct json_writer *writer, char bracket);

/* A NULL is left out; bytes that are no UTF-8 become question marks. */
void json_writer_string(struct json_writer *writer, const char *name, const char *value);
void json_writer_number(struct json_writer *writer, const char *name, int64_t value);
void json_writer_boolean(struct json_writer *writer, const char *name, bool value);

/* The text, to be freed; NULL: no memory. The writer can be used anew. */
char *json_writer_finish(struct json_writer *writer);
