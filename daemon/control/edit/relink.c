// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/relink.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/load/load.h"
#include "daemon/control/transaction/signing.h"
#include "daemon/control/transaction/target.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <string.h>

#define DIGEST "sha256:"

/* Is it the library to be replaced, and does it differ from the new one? */
static bool is_old(const struct transaction *transaction, const struct library *library)
{
	const struct relink_options *options = transaction->change->options;
	const char *wanted = options->library;
	const char *digest = strncmp(wanted, DIGEST, strlen(DIGEST)) ? NULL
								     : wanted + strlen(DIGEST);

	return strcmp(library->sha256, transaction->bundles[0].object.sha256) != 0 &&
	       (digest ? !strcmp(library->sha256, digest) : !strcmp(library->label, wanted));
}

static bool uses_old(const struct transaction *transaction, const struct component_spec *spec)
{
	for (size_t i = 0; i < spec->n_libraries; i++)
		if (is_old(transaction, &spec->libraries[i]))
			return true;
	return false;
}

static bool has_user(const struct transaction *transaction, const struct device *device)
{
	const struct entry *entry;

	for (size_t i = 0; (entry = chain_nth(&device->chain, i)); i++)
		if (uses_old(transaction, &entry->spec))
			return true;
	return false;
}

static int receive(struct transaction *transaction)
{
	struct relink_options *options = transaction->change->options;
	struct error *error = &transaction->error;

	transaction->bundles = calloc(1, sizeof(*transaction->bundles));
	if (!transaction->bundles)
		return error_memory(error);
	transaction->n_bundles = 1;
	return bundle_receive_library(&options->source, &transaction->bundles[0], error)
		       ?: signing_check_and_require(transaction, &transaction->bundles[0], error)
		       ?: bundle_keep(&transaction->bundles[0], transaction->manager->store, error);
}

int relink_find(struct transaction *transaction)
{
	const struct relink_options *options = transaction->change->options;
	const struct registry *registry = &transaction->manager->registry;
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
			 "no component uses a library '%s' that differs from this object; 'xdpctl "
			 "status --json' shows the libraries in use",
			 options->library);
}

/* Copies the spec, with the new library in place of the old one. */
static int renew(struct transaction *transaction, const struct component_spec *spec,
		 struct component_spec *ret)
{
	const struct object *new_library = &transaction->bundles[0].object;
	struct error *error = &transaction->error;
	int result = component_spec_copy(spec, ret, error);

	for (size_t i = 0; result == 0 && i < ret->n_libraries; i++) {
		struct library *library = &ret->libraries[i];

		if (!is_old(transaction, library))
			continue;
		strcpy(library->sha256, new_library->sha256);
		free(library->label);
		library->label = strdup(new_library->label);
		result = library->label ? 0 : error_memory(error);
	}
	return result;
}

static int relink(struct transaction *transaction, struct target *target, struct entry *entry)
{
	cleanup(component_spec_done) struct component_spec spec = {};
	/* The entry of a policy is freed meanwhile. */
	cleanup(freep) char *name = strdup(entry->name);
	cleanup(bundle_done) struct bundle bundle = {};
	struct error *error = &transaction->error;
	int result = renew(transaction, &entry->spec, &spec);

	/* The component's other objects are loaded again as well, so they must be trusted, too. */
	if (result == 0)
		result = bundle_recall(transaction->manager->store, &spec, &bundle, error)
				 ?: signing_check_and_require(transaction, &bundle, error);
	if (result == 0 && entry == target->wanted.policy)
		result = policy_set(transaction, target, &spec, &bundle, false, error);
	else if (result == 0)
		result = load_successor(transaction, target, entry, &spec, &bundle,
					(struct map_reuse_options){}, error);
	if (result < 0)
		error_prefix(error, "'%s' on %s: ", name ?: "?", target->ifname);
	return result;
}

/* Components in slots are loaded for the wanted policy. */
static int relink_target(struct transaction *transaction, struct target *target)
{
	struct chain *wanted = &target->wanted;
	int result = 0;

	if (wanted->policy && uses_old(transaction, &wanted->policy->spec))
		result = relink(transaction, target, wanted->policy);
	for (size_t i = 0; result == 0 && i < wanted->n_entries; i++)
		if (uses_old(transaction, &wanted->entries[i].spec))
			result = relink(transaction, target, &wanted->entries[i]);
	return result;
}

int relink_edit(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = relink_target(transaction, &transaction->targets[i]);
	return result;
}

int relink_name(const struct transaction *transaction, const struct target *target, char **ret)
{
	const struct chain *chain = &target->device->chain;
	const struct entry *entry;

	for (size_t i = 0; (entry = chain_nth(chain, i)); i++)
		if (uses_old(transaction, &entry->spec) && names_append(ret, entry->name) < 0)
			return -ENOMEM;
	return 0;
}

void relink_options_done(void *userdata)
{
	struct relink_options *options = userdata;

	free(options->library);
	source_done(&options->source);
}

void relink_describe(const void *userdata, FILE *text)
{
	const struct relink_options *options = userdata;

	fprintf(text, ", library '%s'", options->library);
}
