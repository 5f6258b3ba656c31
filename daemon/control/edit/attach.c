// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * This stage also loads the component: the checks that follow need what only the loaded program shows. An edit that only
 * edits, and a stage that loads, would find the errors of one request in another order.
 */
#include "daemon/control/edit/attach.h"

#include "base/cleanup.h"
#include "base/names.h"
#include "daemon/chain/entry-owner.h"
#include "daemon/chain/owner.h"
#include "daemon/control/edit/grant-check.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/edit/program-source.h"
#include "daemon/control/load/load.h"
#include "daemon/control/pins/permissions.h"
#include "daemon/control/transaction/target.h"

#include <string.h>

/* Inserts the entry that will hold the component. */
static int insert(const struct transaction *transaction, struct target *target,
		  const struct position *position, struct entry **ret, struct error *error)
{
	const struct attach_options *options = transaction->change->options;
	const char *owner = options->component.owner;
	const struct entry *taken = chain_find(&target->wanted, position->name);
	int result;

	if (taken && !same_owner(taken->owner, owner))
		return entry_refuse_name(taken, owner, target->ifname, error);
	result = chain_insert(&target->wanted, position,
			      transaction->manager->linker->type->components_max, target->ifname,
			      ret, error);
	if (result < 0)
		return result;
	(*ret)->lease = options->lease;
	(*ret)->owner = owner ? strdup(owner) : NULL;
	return owner && !(*ret)->owner ? error_memory(error) : 0;
}

static int attach_to(struct transaction *transaction, struct target *target,
		     const struct position *position, const struct component_spec *spec,
		     const struct map_permissions *map_permissions)
{
	struct error *error = &transaction->error;
	cleanup(component_release) struct component *component = NULL;
	const struct attach_options *options = transaction->change->options;
	struct entry *entry;
	int result = target_check_orphan(transaction, target, error)
			     ?: target_choose_mode(target, options->mode, error);

	interop_choose(target, options->interop);
	if (result == 0)
		result = policy_check_place(target, spec->slot, &transaction->bundles[0], NULL,
					    error);
	if (result == 0)
		result = insert(transaction, target, position, &entry, error);
	if (result == 0)
		result = grant_check_load(transaction, target, entry->owner, entry->name, spec,
					  error);
	if (result == 0)
		result = load_component(transaction, target, entry, spec, &transaction->bundles[0],
					&component, error);
	if (result == 0)
		result = entry_set_component(entry, component, error);
	if (result == 0 && map_permissions_merge(&entry->map_permissions, map_permissions) < 0)
		result = error_memory(error);
	return result;
}

/* A match identifies one device. */
static int set_match(struct transaction *transaction)
{
	const struct attach_options *options = transaction->change->options;
	const char *match = options->match;

	if (!match)
		return 0;
	if (transaction->n_targets > 1)
		return error_set(&transaction->error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "match '%s' identifies one device, but %zu are named", match,
				 transaction->n_targets);
	return target_set_match(&transaction->targets[0], match, &transaction->error);
}

static int attach_to_all(struct transaction *transaction)
{
	const struct attach_options *options = transaction->change->options;
	const struct component_options *component = &options->component;
	const struct bundle *bundle = &transaction->bundles[0];
	const struct program_choice choice = policy_choice(&bundle->choice, options->slot);
	cleanup(map_permissions_done) struct map_permissions map_permissions = {};
	cleanup(component_spec_done) struct component_spec spec = {};
	struct position position = {
		.name = component->name ?: choice.name,
		.has_priority = component->has_priority,
		.settings = component_options_apply(component, program_settings(&choice)),
		.before = component->before,
		.after = component->after,
	};
	int result = bundle_spec(bundle, transaction->change->is_limited, &spec,
				 &transaction->error);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = grant_limit_settings(transaction, &transaction->targets[i],
					      component->owner, position.name, component,
					      &position.settings, &transaction->error);
	if (result == 0)
		result = program_source_add_options(&spec, &options->source, &transaction->error);
	if (result == 0)
		result = component_spec_set_slot(&spec, options->slot, &transaction->error);
	if (result == 0)
		result = pin_permissions_prepare(&transaction->manager->directories,
						 &component->map_permissions, &map_permissions,
						 &transaction->error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = attach_to(transaction, &transaction->targets[i], &position, &spec,
				   &map_permissions);
	return result;
}

int attach_edit(struct transaction *transaction)
{
	struct attach_options *options = transaction->change->options;
	struct program_source *source = &options->source;

	return program_source_receive(transaction, 1, &source) ?: set_match(transaction)
	       ?: attach_to_all(transaction);
}

int attach_name(const struct transaction *transaction, const struct target *target, char **ret)
{
	const struct attach_options *options = transaction->change->options;

	(void)target;
	return names_append(ret, options->component.name ?: transaction->bundles[0].choice.name);
}

void attach_options_done(void *userdata)
{
	struct attach_options *options = userdata;

	source_done(&options->source);
	component_options_done(&options->component);
	free(options->slot);
	free(options->match);
}
