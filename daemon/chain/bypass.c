// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/chain/bypass.h"

#include "object/possible-verdicts.h"

#include <errno.h>
#include <stdio.h>

static bool runs(const struct entry *entry)
{
	return entry->component && !entry->parked;
}

static verdict_set passing_by(const struct entry *entry)
{
	const verdict_set passing = VERDICT_BIT(VERDICT_PASS) | VERDICT_BIT(VERDICT_TX) |
				    VERDICT_BIT(VERDICT_REDIRECT);
	const struct program_code *code = &entry->component->code;
	verdict_set may_return = code->n_instructions ? possible_verdicts(code->instructions,
									  code->n_instructions)
						      : VERDICTS_ALL;

	return may_return & passing & ~entry->settings.forbidden & ~entry->settings.proceed;
}

/* The next component that runs after it; NULL: none does. */
static const struct entry *next_of(const struct chain *chain, const struct entry *entry)
{
	while (++entry < chain->entries + chain->n_entries)
		if (runs(entry))
			return entry;
	return NULL;
}

int bypass_describe(const struct chain *chain, size_t number, char **ret, struct error *error)
{
	const struct entry *entry = &chain->entries[number];
	const struct entry *missed = chain->policy ? NULL : next_of(chain, entry);
	verdict_set set = missed && runs(entry) ? passing_by(entry) : 0;
	char text[VERDICT_SET_TEXT_MAX];

	*ret = NULL;
	if (!set)
		return 0;
	if (asprintf(
		    ret,
		    "'%s' may return %s, which is not in its proceed set; such packets skip '%s'%s",
		    entry->name, verdict_set_format(set, text), missed->name,
		    next_of(chain, missed) ? " and the components after it" : "") >= 0)
		return 0;
	*ret = NULL;
	return error_memory(error);
}
