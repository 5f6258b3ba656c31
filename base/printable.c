// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/printable.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define NOT_UTF_8 UINT32_MAX

/*
 * Unicode's control and format characters, which change how other text looks, and code points that are not
 * characters.
 */
static const struct {
	uint32_t first, last;
} unprintable[] = {
	{ 0x00, 0x1f },	      /* C0 */
	{ 0x7f, 0x9f },	      /* DEL and C1: 0x9b begins a sequence, like ESC [ */
	{ 0xad, 0xad },	      /* soft hyphen */
	{ 0x034f, 0x034f },   /* joins graphemes */
	{ 0x061c, 0x061c },   /* Arabic letter mark */
	{ 0x115f, 0x1160 },   /* Hangul fillers */
	{ 0x17b4, 0x17b5 },   /* Khmer vowels that are not shown */
	{ 0x180b, 0x180f },   /* Mongolian variants and vowel separator */
	{ 0x200b, 0x200f },   /* of no width; direction marks */
	{ 0x2028, 0x202e },   /* line and paragraph ends; embedding and override of direction */
	{ 0x2060, 0x206f },   /* invisible operators; isolates */
	{ 0x3164, 0x3164 },   /* Hangul filler */
	{ 0xd800, 0xdfff },   /* halves of UTF-16 */
	{ 0xfe00, 0xfe0f },   /* variants */
	{ 0xfeff, 0xfeff },   /* byte order mark */
	{ 0xffa0, 0xffa0 },   /* Hangul filler */
	{ 0xfff0, 0xfffb },   /* annotations */
	{ 0xfffe, 0xffff },   /* not characters */
	{ 0x1d173, 0x1d17a }, /* beams and slurs */
	{ 0xe0000, 0xe0fff }, /* tags and variants */
};

bool character_is_printable(uint32_t character)
{
	if (character >= ' ' && character <= '~')
		return true;
	if ((character & 0xffff) >= 0xfffe || character > 0x10ffff)
		return false;
	for (size_t i = 0; i < array_size(unprintable); i++)
		if (character >= unprintable[i].first && character <= unprintable[i].last)
			return false;
	return true;
}

size_t character_decode(const char *text, uint32_t *ret)
{
	static const uint32_t least[] = { 0, 0, 0x80, 0x800, 0x10000 };
	const unsigned char *bytes = (const unsigned char *)text;
	size_t size = bytes[0] < 0x80	? 1
		      : bytes[0] < 0xc0 ? 0
		      : bytes[0] < 0xe0 ? 2
		      : bytes[0] < 0xf0 ? 3
		      : bytes[0] < 0xf8 ? 4
					: 0;
	uint32_t character = size > 1 ? bytes[0] & (0x7f >> size) : bytes[0];

	*ret = NOT_UTF_8;
	if (size == 0)
		return 1;
	for (size_t i = 1; i < size; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 1;
		character = character << 6 | (bytes[i] & 0x3f);
	}
	if (character < least[size])
		return 1;
	*ret = character;
	return size;
}

enum style {
	STYLE_LINE,
	STYLE_LINES,
	STYLE_JSON,
};

static bool stays(uint32_t character, enum style style)
{
	if (character == '\n' && style != STYLE_LINE)
		return true;
	return character_is_printable(character);
}

static void show(FILE *stream, uint32_t character, unsigned char byte, enum style style)
{
	if (character == NOT_UTF_8)
		fprintf(stream, "\\x%02x", byte);
	else if (style != STYLE_JSON && character < 0x100)
		fprintf(stream, "\\x%02x", character);
	else if (character < 0x10000)
		fprintf(stream, "\\u%04x", character);
	else if (style == STYLE_JSON)
		fprintf(stream, "\\u%04x\\u%04x", 0xd800 + ((character - 0x10000) >> 10),
			0xdc00 + (character & 0x3ff));
	else
		fprintf(stream, "\\U%08x", character);
}

/* How many bytes at the beginning of the text stay. */
static size_t count_unchanged(const char *text, enum style style)
{
	size_t count = 0;

	while (text[count]) {
		uint32_t character;
		size_t length = character_decode(text + count, &character);

		if (!stays(character, style))
			break;
		count += length;
	}
	return count;
}

static char *replace(const char *text, enum style style)
{
	char *made = NULL;
	size_t size;
	FILE *stream = open_memstream(&made, &size);

	if (!stream)
		return NULL;
	while (*text) {
		size_t length = count_unchanged(text, style);
		uint32_t character;

		fwrite(text, 1, length, stream);
		text += length;
		if (!*text)
			break;
		length = character_decode(text, &character);
		show(stream, character, *text, style);
		text += length;
	}
	if (fclose(stream) == 0)
		return made;
	free(made);
	return NULL;
}

/* Most texts stay as they are, and a stream is not needed for them. */
static char *make(const char *text, enum style style)
{
	return text[count_unchanged(text, style)] ? replace(text, style) : strdup(text);
}

char *printable(const char *text)
{
	return make(text, STYLE_LINE);
}

char *printable_lines(const char *text)
{
	return make(text, STYLE_LINES);
}

char *printable_json(const char *json)
{
	return make(json, STYLE_JSON);
}
