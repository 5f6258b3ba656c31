#include "daemon/control/reload.h"

#include "base/cleanup.h"

#include <string.h>

static int load(const struct workshop *workshop, enum bpf_attach_type attach_type,
		const struct entry *entry, struct component **ret, struct error *error)
{
	cleanup(object_done) struct object object = {};
	struct program_choice choice;
	int result;

	if (!*entry->sha256)
		return error_set(error, ERROR_UNSUPPORTED, -ENODATA,
				 "it was adopted from %s, without its object; 'xdpctl replace' "
				 "gives it one",
				 entry->label);
	result = store_get(workshop->store, entry->sha256, entry->label, &object, error);

	if (result == 0)
		result = object_choose(&object, entry->program, &choice, error);
	if (result < 0)
		return result;
	return workshop->linker->type->load(workshop->linker, &object, &choice, attach_type, NULL,
					    &workshop->places, ret, error);
}

/* One that is loaded for another device, or a new one; held. */
static int get(const struct workshop *workshop, const struct target *target,
	       const struct entry *entry, struct component **ret, struct error *error)
{
	enum bpf_attach_type attach_type = target->device->attach_type;
	const struct chain *wanted = &target->wanted;
	struct component *loaded = registry_find_component(&workshop->registry, entry->sha256,
							   entry->program, attach_type, 1, &wanted);

	if (!loaded || !*entry->sha256)
		return load(workshop, attach_type, entry, ret, error);
	*ret = (struct component *)node_hold(&loaded->node);
	return 0;
}

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
		if (get(transaction->workshop, target, entry, &component, &why) < 0) {
			result = note_failure(entry, &why, error);
			continue;
		}
		result = entry_set_component(entry, component, error);
		*ret_loaded = true;
	}
	return result;
}
