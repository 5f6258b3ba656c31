// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/json.h"

#include "base/cleanup.h"

#include <string.h>

json_t *verdicts_encode(verdict_set set)
{
	json_t *list = json_array();

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (set & VERDICT_BIT(verdict))
			json_array_append_new(list, json_string(verdict_name(verdict)));
	return list;
}

/* The length of the UTF-8 character at `text`; 0 if there is none. */
static size_t character_length(const char *text)
{
	size_t length = 1;

	while (length < 4 && ((unsigned char)text[length] & 0xc0) == 0x80)
		length++;
	for (; length > 0; length--) {
		cleanup(json_decrefp) json_t *character = json_stringn(text, length);

		if (character)
			break;
	}
	return length;
}

json_t *text_encode(const char *text)
{
	json_t *string = json_string(text);
	cleanup(freep) char *copy = NULL;

	if (string)
		return string;
	copy = strdup(text);
	for (char *at = copy; at && *at;) {
		size_t length = character_length(at);

		if (length == 0)
			*at = '?';
		at += length ?: 1;
	}
	return copy ? json_string(copy) : NULL;
}

json_t *text_take(char *text)
{
	cleanup(freep) char *taken = text;

	return taken ? text_encode(taken) : NULL;
}

json_t *strings_encode(const struct strings *list)
{
	json_t *json = list->n_items ? json_array() : NULL;

	for (size_t i = 0; json && i < list->n_items; i++)
		json_array_append_new(json, text_encode(list->items[i]));
	return json;
}

bool strings_decode(const json_t *json, struct strings *ret)
{
	for (size_t i = 0; i < json_array_size(json); i++) {
		const json_t *item = json_array_get(json, i);

		if (!json_is_string(item) ||
		    strings_add(ret, json_string_value(item), json_string_length(item)) < 0)
			return false;
	}
	return json_is_array(json);
}
