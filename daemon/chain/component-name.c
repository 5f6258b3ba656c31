// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/chain/component-name.h"

#include "base/cleanup.h"
#include "base/printable.h"

#include <ctype.h>
#include <string.h>

#define BYTES_MAX 255

/* Spaces outside ASCII; another check finds characters that cannot be printed. */
static bool is_space(uint32_t character)
{
	static const struct {
		uint32_t first, last;
	} spaces[] = { { 0xa0, 0xa0 },	   { 0x1680, 0x1680 }, { 0x2000, 0x200a },
		       { 0x202f, 0x202f }, { 0x205f, 0x205f }, { 0x3000, 0x3000 } };

	for (size_t i = 0; i < array_size(spaces); i++)
		if (character >= spaces[i].first && character <= spaces[i].last)
			return true;
	return false;
}

static bool may_begin(uint32_t character)
{
	if (character < 0x80)
		return isalnum(character) || character == '_';
	return character_is_printable(character) && !is_space(character);
}

static bool may_follow(uint32_t character)
{
	return may_begin(character) || (character < 0x80 && strchr("-.+$", (int)character));
}

static bool is_valid(const char *name)
{
	bool is_good = *name && strlen(name) <= BYTES_MAX;

	for (const char *at = name; *at && is_good;) {
		uint32_t character;
		size_t size = character_decode(at, &character);

		is_good = at == name ? may_begin(character) : may_follow(character);
		at += size;
	}
	return is_good;
}

int component_name_check(const char *name, struct error *error)
{
	if (is_valid(name))
		return 0;
	return error_set(
		error, ERROR_INVALID_ARGUMENT, -EINVAL,
		"'%.80s' cannot be the name of a component: names have letters, digits, "
		"'_', '-', '.', '+' and '$', begin with a letter, a digit or '_', and have "
		"at most %d bytes; choose another with --name",
		name, BYTES_MAX);
}
