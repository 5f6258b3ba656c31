// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/amount.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* The factor of the letter after a number; 0: the letter is invalid. */
static uint64_t unit_of(const char *text, bool is_in_bytes)
{
	static const char letters[] = "KMG";
	const char *letter = *text ? strchr(letters, *text) : NULL;

	if (!*text)
		return 1;
	return is_in_bytes && letter && !text[1] ? 1024ull << 10 * (letter - letters) : 0;
}

bool amount_parse(const char *text, bool is_in_bytes, uint64_t *ret)
{
	size_t digits = strspn(text, "0123456789");
	uint64_t unit = unit_of(text + digits, is_in_bytes);
	unsigned long long number;

	errno = 0;
	number = strtoull(text, NULL, 10);
	if (!digits || !unit || errno || number > INT64_MAX / unit)
		return false;
	*ret = number * unit;
	return true;
}
