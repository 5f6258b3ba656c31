#include "daemon/control/relink.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/loading.h"

#include <string.h>

#define DIGEST "sha256:"

/* Is it the library that is to be changed, and another than the new one? */
static bool is_old(const struct transaction *transaction, const struct library *library)
{
	const char *wanted = transaction->change->relink.library;
	const char *digest = strncmp(wanted, DIGEST, strlen(DIGEST)) ? NULL
								     : wanted + strlen(DIGEST);

	return strcmp(library->sha256, transaction->deliveries[0].object.sha256) != 0 &&
	       (digest ? !strcmp(library->sha256, digest) : !strcmp(library->label, wanted));
}

static bool uses_old(const struct transaction *transaction, const struct recipe *recipe)
{
	for (size_t i = 0; i < recipe->n_libraries; i++)
		if (is_old(transaction, &recipe->libraries[i]))
			return true;
	return false;
}

static bool has_user(const struct transaction *transaction, const struct device *device)
{
	for (size_t i = 0; i < device->chain.n_entries; i++)
		if (uses_old(transaction, &device->chain.entries[i].recipe))
			return true;
	return false;
}

static int receive(struct transaction *transaction)
{
	struct error *error = &transaction->error;

	transaction->deliveries = calloc(1, sizeof(*transaction->deliveries));
	if (!transaction->deliveries)
		return error_memory(error);
	transaction->n_deliveries = 1;
	return delivery_receive_library(&transaction->change->relink.source,
					&transaction->deliveries[0], error)
		       ?: delivery_keep(&transaction->deliveries[0], transaction->workshop->store,
					error);
}

int relink_find(struct transaction *transaction)
{
	const struct registry *registry = &transaction->workshop->registry;
	int result = receive(transaction);

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++) {
		struct target *target;

		if (!has_user(transaction, registry->devices[i]))
			continue;
		result = transaction_add_target(transaction, registry->devices[i], &target);
		if (result == 0)
			target->stays = false;
	}
	if (result < 0 || transaction->n_targets > 0)
		return result;
	return error_set(&transaction->error, ERROR_NO_SUCH_COMPONENT, -ENOENT,
			 "no component is joined with another '%s' than this one; 'xdpctl status' "
			 "shows what is",
			 transaction->change->relink.library);
}

static int relink(struct transaction *transaction, const struct target *target, struct entry *entry)
{
	const struct object *new_library = &transaction->deliveries[0].object;
	cleanup(recipe_done) struct recipe recipe = {};
	struct error *error = &transaction->error;
	int result = recipe_copy(&entry->recipe, &recipe, error);

	for (size_t i = 0; result == 0 && i < recipe.n_libraries; i++) {
		struct library *library = &recipe.libraries[i];

		if (!is_old(transaction, library))
			continue;
		strcpy(library->sha256, new_library->sha256);
		free(library->label);
		library->label = strdup(new_library->label);
		result = library->label ? 0 : error_memory(error);
	}
	if (result == 0)
		result = loading_succeed(transaction, target, entry, &recipe, NULL,
					 (struct succession){}, error);
	if (result < 0)
		error_prefix(error, "'%s' on %s: ", entry->name, target->ifname);
	return result;
}

int relink_all(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		for (size_t j = 0; result == 0 && j < target->wanted.n_entries; j++)
			if (uses_old(transaction, &target->wanted.entries[j].recipe))
				result = relink(transaction, target, &target->wanted.entries[j]);
	}
	return result;
}

char *relink_names(const struct transaction *transaction, const struct target *target)
{
	const struct chain *chain = &target->device->chain;
	char *names = NULL;

	for (size_t i = 0; i < chain->n_entries; i++) {
		if (!uses_old(transaction, &chain->entries[i].recipe) ||
		    names_append(&names, chain->entries[i].name) == 0)
			continue;
		free(names);
		return NULL;
	}
	return names;
}
