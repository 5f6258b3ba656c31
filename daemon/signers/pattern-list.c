// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/signers/pattern-list.h"

#include <stddef.h>
#include <string.h>

/* Uses no recursion: after a mismatch the last * matches one character more. */
static bool matches(const char *pattern, size_t length, const char *word)
{
	const char *end = pattern + length, *star = NULL, *taken = NULL;

	while (*word) {
		if (pattern < end && *pattern == '*') {
			star = pattern++;
			taken = word;
		} else if (pattern < end && (*pattern == '?' || *pattern == *word)) {
			pattern++;
			word++;
		} else if (star) {
			pattern = star + 1;
			word = ++taken;
		} else {
			return false;
		}
	}
	while (pattern < end && *pattern == '*')
		pattern++;
	return pattern == end;
}

bool pattern_list_match(const char *list, const char *word)
{
	bool found = false;

	while (*list) {
		size_t length = strcspn(list, ",");
		bool excludes = *list == '!';

		if (matches(list + excludes, length - excludes, word)) {
			if (excludes)
				return false;
			found = true;
		}
		list += length + (list[length] == ',');
	}
	return found;
}
