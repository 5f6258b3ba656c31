#include "daemon/control/reload.h"

#include "base/cleanup.h"
#include "daemon/control/loading.h"
#include "daemon/control/sharing.h"

#include <string.h>

static int note_failure(struct entry *entry, const struct error *why, struct error *error)
{
	free(entry->failure);
	entry->failure = strdup(why->message ?: "out of memory");
	return entry->failure ? 0 : error_memory(error);
}

static int reload(struct transaction *transaction, struct target *target, struct entry *entry,
		  bool *ret_loaded)
{
	cleanup(component_release) struct component *component = NULL;
	cleanup(error_done) struct error why = {};
	struct error *error = &transaction->error;

	if (loading_get(transaction, target, &entry->recipe, NULL, &component, &why) < 0)
		return note_failure(entry, &why, error);
	*ret_loaded = true;
	return entry_set_component(entry, component, error);
}

/* Those that share maps come behind those that bring them, wherever they are in the chain. */
static struct entry *find_next(const struct target *target, const bool *tried)
{
	const struct chain *chain = &target->wanted;
	struct entry *last = NULL;

	for (size_t i = 0; i < chain->n_entries; i++) {
		struct entry *entry = &chain->entries[i];

		if (entry->component || tried[i])
			continue;
		if (sharing_is_ready(chain, &entry->recipe))
			return entry;
		last = last ?: entry;
	}
	return last; /* who waits for one that cannot be loaded says so */
}

int reload_missing(struct transaction *transaction, struct target *target, bool *ret_loaded)
{
	bool tried[ROOTLET_SLOTS] = {};
	struct entry *entry;
	int result = 0;

	while (result == 0 && (entry = find_next(target, tried))) {
		tried[entry - target->wanted.entries] = true;
		result = reload(transaction, target, entry, ret_loaded);
	}
	return result;
}
