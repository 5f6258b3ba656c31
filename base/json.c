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
