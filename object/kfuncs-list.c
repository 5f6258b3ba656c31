// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Functions on lists of kfuncs that do not need the object. */
#include "base/cleanup.h"
#include "object/kfuncs.h"

#include <assert.h>
#include <string.h>

#define FLAVOUR "___"

static const char *const state_names[] = {
	[KFUNC_RESOLVED] = "resolved",
	[KFUNC_ABSENT] = "absent",
	[KFUNC_DIFFERENT] = "different",
};
static_assert(array_size(state_names) == KFUNC_STATE_COUNT, "every state has a name");

const char *kfunc_state_name(enum kfunc_state state)
{
	assert(state >= 0 && state < KFUNC_STATE_COUNT);
	return state_names[state];
}

/*
 * The last flavour counts, and there must be text before and after the underscores:
 * bpf_core_essential_name_len().
 */
size_t kfunc_name_length(const char *name)
{
	size_t length = strlen(name);

	for (long i = (long)length - 5; i >= 0; i--)
		if (name[i] != '_' && !strncmp(name + i + 1, FLAVOUR, strlen(FLAVOUR)) &&
		    name[i + 1 + strlen(FLAVOUR)] != '_')
			return i + 1;
	return length;
}

void kfuncs_done(struct kfuncs *kfuncs)
{
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		struct kfunc *kfunc = &kfuncs->items[i];

		free(kfunc->name);
		free(kfunc->group);
		free(kfunc->prototype);
		free(kfunc->kernel_prototype);
		free(kfunc->module);
	}
	free(kfuncs->items);
	*kfuncs = (struct kfuncs){};
}
