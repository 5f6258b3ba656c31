// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/verbs.h"

#include "base/cleanup.h"

#include <string.h>

const struct verb *const verbs[] = {
	&verb_attach,
	&verb_detach,
	&verb_replace,
	&verb_relink,
	&verb_move,
	&verb_set,
	&verb_interop,
	&verb_apply,
	&verb_plan,
	&verb_test,
	&verb_export,
	&verb_adopt,
	&verb_release,
	&verb_suspend,
	&verb_resume,
	&verb_confirm,
	&verb_revert,
	&verb_policy_set,
	&verb_policy_show,
	&verb_policy_clear,
	&verb_status,
	&verb_graph,
	&verb_why,
	&verb_maps,
	&verb_top,
	&verb_trace,
	&verb_record_start,
	&verb_record_save,
	&verb_record_stop,
	&verb_record_status,
	&verb_wait,
	&verb_monitor,
	&verb_metrics,
	&verb_verify,
	&verb_inspect,
	&verb_features,
	NULL,
};

/* Is it the verb's name, or, for a verb of two words, are they its two words? */
static bool is_called(const struct verb *verb, const char *word, const char *next)
{
	size_t length = strcspn(verb->name, " ");

	if (strlen(word) != length || strncmp(verb->name, word, length) != 0)
		return false;
	return !verb->name[length] || (next && !strcmp(verb->name + length + 1, next));
}

/* Synonyms that users know from ip(8). */
static const struct {
	const char *word;
	const struct verb *verb;
} aliases[] = {
	{ "list", &verb_status },
	{ "show", &verb_status },
};

const struct verb *verb_find(const char *word, const char *next)
{
	for (size_t i = 0; i < array_size(aliases); i++)
		if (!strcmp(aliases[i].word, word))
			return aliases[i].verb;
	for (const struct verb *const *verb = verbs; *verb; verb++)
		if (is_called(*verb, word, next))
			return *verb;
	return NULL;
}
