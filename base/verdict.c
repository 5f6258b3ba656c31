// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/verdict.h"

#include "base/cleanup.h"

#include <assert.h>
#include <errno.h>
#include <string.h>

static const char *const names[] = {
	[VERDICT_ABORTED] = "aborted", [VERDICT_DROP] = "drop",		[VERDICT_PASS] = "pass",
	[VERDICT_TX] = "tx",	       [VERDICT_REDIRECT] = "redirect",
};
static_assert(array_size(names) == VERDICT_COUNT, "every verdict has a name");

const char *verdict_name(enum verdict verdict)
{
	assert(verdict >= 0 && verdict < VERDICT_COUNT);
	return names[verdict];
}

bool verdict_parse(const char *name, size_t length, enum verdict *ret)
{
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (strlen(names[verdict]) != length || memcmp(names[verdict], name, length) != 0)
			continue;
		*ret = verdict;
		return true;
	}
	return false;
}

char *verdict_set_format(verdict_set set, char text[static VERDICT_SET_TEXT_MAX])
{
	char *end = text;

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		if (!(set & VERDICT_BIT(verdict)))
			continue;
		if (end != text)
			*end++ = ',';
		end = stpcpy(end, names[verdict]);
	}
	if (end == text)
		strcpy(text, "none");
	return text;
}

int verdict_set_parse(const char *text, verdict_set *ret, const char **bad, size_t *bad_length)
{
	verdict_set set = 0;

	if (!strcmp(text, "none")) {
		*ret = 0;
		return 0;
	}
	for (;;) {
		size_t length = strcspn(text, ",");
		enum verdict verdict;

		if (!verdict_parse(text, length, &verdict)) {
			*bad = text;
			*bad_length = length;
			return -EINVAL;
		}
		set |= VERDICT_BIT(verdict);
		if (!text[length])
			break;
		text += length + 1;
	}
	*ret = set;
	return 0;
}
