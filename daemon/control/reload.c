#include "daemon/control/reload.h"

#include "base/cleanup.h"
#include "daemon/control/loading.h"

#include <string.h>

static int note_failure(struct entry *entry, const struct error *why, struct error *error)
{
	free(entry->failure);
	entry->failure = strdup(why->message ?: "out of memory");
	return entry->failure ? 0 : error_memory(error);
}

int reload_missing(struct transaction *transaction, struct target *target, bool *ret_loaded)
{
	struct error *error = &transaction->error;
	int result = 0;

	for (size_t i = 0; result == 0 && i < target->wanted.n_entries; i++) {
		cleanup(component_release) struct component *component = NULL;
		cleanup(error_done) struct error why = {};
		struct entry *entry = &target->wanted.entries[i];

		if (entry->component)
			continue;
		if (loading_get(transaction, target, &entry->recipe, NULL, &component, &why) < 0) {
			result = note_failure(entry, &why, error);
			continue;
		}
		result = entry_set_component(entry, component, error);
		*ret_loaded = true;
	}
	return result;
}
