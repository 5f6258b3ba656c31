// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/apply.h"

#include "base/cleanup.h"
#include "daemon/control/edit/apply-objects.h"
#include "daemon/control/edit/apply-others.h"
#include "daemon/control/edit/apply-policy.h"
#include "daemon/control/edit/apply-settings.h"
#include "daemon/control/edit/grant-check.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/load/load.h"
#include "daemon/control/pins/permissions.h"
#include "daemon/control/transaction/large-mtu.h"
#include "daemon/control/transaction/signing.h"
#include "daemon/control/transaction/target.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <stdio.h>
#include <string.h>

/* The wanted form of one component of a target, and its bundle. */
struct wanted {
	struct component_spec spec;
	struct map_permissions map_permissions;
	struct bundle *bundle; /* the transaction's; NULL: it stays the program that was adopted */
	bool may_park;
	struct program_choice choice; /* config points to strings in it */
};

/* The state of applying to one target. */
struct applying {
	struct transaction *transaction;
	size_t number; /* index of the target */
	struct target *target;
	const struct apply_device *device;
	struct plan *plan;
	size_t n_wanted;
	struct wanted *wanted;
	struct component_config *configs; /* in the same order as `wanted` */
};

static void applying_done(struct applying *applying)
{
	for (size_t i = 0; i < applying->n_wanted; i++) {
		component_spec_done(&applying->wanted[i].spec);
		map_permissions_done(&applying->wanted[i].map_permissions);
	}
	free(applying->wanted);
	free(applying->configs);
}

/* Settings that are not given come from the object. */
static int specify(struct applying *applying, const struct apply_component *component)
{
	static const struct program_choice no_object = { .priority = PRIORITY_DEFAULT,
							 .proceed = PROCEED_DEFAULT };
	struct error *error = &applying->transaction->error;
	const struct component_options *options = &component->options;
	struct wanted *wanted = &applying->wanted[applying->n_wanted];
	const struct program_choice *choice = &wanted->choice;
	struct component_settings settings;
	int result = 0;

	wanted->choice = no_object;
	if (*component->sha256) {
		result = apply_objects_get(applying->transaction, component, &wanted->bundle,
					   &wanted->spec);
		if (result == 0)
			wanted->choice = policy_choice(&wanted->bundle->choice, wanted->spec.slot);
	} else if (!options->name)
		result = error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				   "a component without an object needs a name");
	if (result == 0)
		result = pin_permissions_prepare(&applying->transaction->manager->directories,
						 &options->map_permissions,
						 &wanted->map_permissions, error);
	settings = component_options_apply(options, program_settings(choice));
	if (result == 0)
		result = grant_limit_settings(applying->transaction, applying->target,
					      options->owner, options->name ?: choice->name,
					      options, &settings, error);
	if (result < 0) {
		component_spec_done(&wanted->spec);
		return result;
	}
	wanted->may_park = component->may_park;
	applying->configs[applying->n_wanted++] = (struct component_config){
		.name = options->name ?: choice->name,
		.owner = options->owner,
		.settings = settings,
		.map_permissions = wanted->map_permissions,
		.spec = wanted->bundle ? &wanted->spec : NULL,
	};
	return 0;
}

/* Which functions of the policy a component needs is known only after it is loaded. */
static int check_offers(struct applying *applying, struct entry *entry, const struct wanted *wanted)
{
	struct error *error = &applying->transaction->error;
	cleanup(error_done) struct error missing = {};
	int result = policy_check_offers(applying->target, entry, &missing);

	if (result == 0)
		return 0;
	if (!wanted->may_park) {
		error_move(error, &missing);
		return result;
	}
	entry->parked = true;
	return plan_warn_parked(applying->plan, entry->name, missing.message, error);
}

static int load(struct applying *applying, struct entry *entry, struct step *step,
		const struct wanted *wanted)
{
	const struct transaction *transaction = applying->transaction;
	const struct apply_options *options = transaction->change->options;
	const struct map_reuse_options reuse = {
		.allow_map_change = options->allow_map_change,
	};
	struct error *error = &applying->transaction->error;
	cleanup(component_release) struct component *component = NULL;
	cleanup(error_done) struct error no_place = {};
	int result = policy_check_place(applying->target, wanted->spec.slot, wanted->bundle, entry,
					&no_place);

	entry->parked = result < 0 && wanted->may_park;
	if (entry->parked)
		result = plan_warn_parked(applying->plan, entry->name, no_place.message, error);
	else if (result < 0)
		error_move(error, &no_place);
	if (result == 0)
		result = grant_check_load(transaction, applying->target, entry->owner, entry->name,
					  &wanted->spec, error);
	if (result == 0) /* a component that stays was checked when it was attached */
		result = signing_require(applying->transaction, wanted->bundle, error);
	if (result < 0)
		return result;
	if (entry->parked || (step->action == ACTION_REPLACE && entry->component)) {
		result = load_successor(transaction, applying->target, entry, &wanted->spec,
					wanted->bundle, reuse, error);
	} else {
		result = load_component(transaction, applying->target, entry, &wanted->spec,
					wanted->bundle, &component, error);
		if (result == 0)
			result = entry_set_component(entry, component, error);
	}
	if (result == 0)
		result = check_offers(applying, entry, wanted);
	if (result < 0)
		return result;
	step->is_loaded = true;
	step->verified = entry->component->work.processed;
	return 0;
}

/* Adds the component's place in the request, which is also its place in the file, to the error. */
static int blame(const struct applying *applying, size_t number, int result)
{
	if (result < 0)
		error_prefix(&applying->transaction->error,
			     "devices[%zu].components[%zu]: ", applying->number, number);
	return result;
}

static bool is_pending(const struct step *step)
{
	return !step->is_loaded && (step->action == ACTION_ADD || step->action == ACTION_REPLACE);
}

/* Does it share maps of a component that must be loaded first? */
static bool has_to_wait(const struct applying *applying, const struct component_spec *spec)
{
	for (size_t i = 0; i < spec->shares.n_items; i++) {
		const struct map_share *share = &spec->shares.items[i];
		size_t length = 0;

		if (map_share_path(share))
			continue;
		map_share_map(share, &length);
		for (size_t j = 0; j < applying->target->wanted.n_entries; j++) {
			const struct step *step = &applying->plan->steps[j];

			if (is_pending(step) && strlen(step->name) == length &&
			    !strncmp(step->name, share->from, length))
				return true;
		}
	}
	return false;
}

static size_t find_number(const struct applying *applying, const char *name)
{
	size_t number = 0;

	while (strcmp(applying->configs[number].name, name) != 0)
		number++;
	return number;
}

/*
 * The first steps are those of the entries, in order. `patient`: loads only components that need not wait
 * for others.
 */
static int load_pending(struct applying *applying, bool patient, bool *ret_loaded)
{
	struct chain *chain = &applying->target->wanted;
	int result = 0;

	*ret_loaded = false;
	for (size_t i = 0; result == 0 && i < chain->n_entries; i++) {
		struct step *step = &applying->plan->steps[i];
		const struct wanted *wanted;
		size_t number;

		if (!is_pending(step)) /* it may be one that the file does not name */
			continue;
		number = find_number(applying, step->name);
		wanted = &applying->wanted[number];
		if (patient && has_to_wait(applying, &wanted->spec))
			continue;
		*ret_loaded = true;
		result = blame(applying, number, load(applying, &chain->entries[i], step, wanted));
	}
	return result;
}

/*
 * Until components are replaced, other components may be in their slots. Components that wait for each other
 * are refused when `patient` is off.
 */
static int load_new(struct applying *applying)
{
	struct chain *chain = &applying->target->wanted;
	bool loaded = true;
	int result = 0;

	for (size_t i = 0; i < chain->n_entries; i++)
		chain->entries[i].parked |= is_pending(&applying->plan->steps[i]);
	while (result == 0 && loaded)
		result = load_pending(applying, true, &loaded);
	return result < 0 ? result : load_pending(applying, false, &loaded);
}

/* The plan gets its name first, for errors. */
static int begin_plan(struct applying *applying)
{
	const struct device *device = applying->target->device;
	struct plan *plan = applying->plan;

	plan->ifname = strdup(applying->target->ifname);
	plan->netns = device->netns_path ? strdup(device->netns_path) : NULL;
	plan->generation = device->generation;
	plan->changes = applying->target->is_new || (applying->target->ifindex && !device->live);
	return plan->ifname && (plan->netns || !device->netns_path)
		       ? 0
		       : error_memory(&applying->transaction->error);
}

static int refuse_to_park(const struct applying *applying, const struct entry *entry)
{
	const struct apply_options *options = applying->transaction->change->options;
	const char *owner = entry->owner;

	return error_set(
		&applying->transaction->error, ERROR_INVALID_ARGUMENT, -EINVAL,
		"'%s', which belongs to %s%s%s, would lose its place on %s (its slot: %s), so "
		"owner '%s' cannot change the policy",
		entry->name, owner ? "owner '" : "no owner", owner ?: "", owner ? "'" : "",
		applying->target->ifname, entry->spec.slot ?: "none", options->owner);
}

/* A component that stays may have lost its place. */
static int check_parked(const struct applying *applying)
{
	const struct apply_options *options = applying->transaction->change->options;
	const struct target *target = applying->target;

	for (size_t i = 0; i < target->wanted.n_entries; i++) {
		const struct entry *entry = &target->wanted.entries[i];
		const struct entry *before = chain_find_id(&target->device->chain, entry->id);

		if (!entry->parked || entry->lease || !before || before->parked)
			continue;
		if (apply_leaves(options->owner, entry))
			return refuse_to_park(applying, entry);
		if (!applying->wanted[find_number(applying, entry->name)].may_park)
			return error_set(
				&applying->transaction->error, ERROR_INVALID_ARGUMENT, -EINVAL,
				"'%s' would lose its place on %s (its slot: %s); add \"parked\": "
				"true to keep it until there is a place, or remove it",
				entry->name, target->ifname, entry->spec.slot ?: "none");
	}
	return 0;
}

/* Moves the warnings about the objects of this target into its plan. */
static int take_warnings(struct applying *applying)
{
	struct transaction *transaction = applying->transaction;

	for (size_t i = transaction->n_old_warnings; i < transaction->warnings.n_items; i++) {
		const char *warning = transaction->warnings.items[i];

		if (strings_add(&applying->plan->warnings, warning, strlen(warning)) < 0)
			return error_memory(&transaction->error);
	}
	return 0;
}

/* Plans the chain with what the file wants, and with what it must leave alone. */
static int make_plan(struct applying *applying)
{
	cleanup(freep) struct component_config *configs = NULL;
	struct transaction *transaction = applying->transaction;
	struct target *target = applying->target;
	size_t n_configs;
	const struct apply_options *options = transaction->change->options;
	int result = apply_add_others(&target->wanted, options->owner, applying->n_wanted,
				      applying->configs, target->ifname, &configs, &n_configs,
				      &transaction->error);

	if (result == 0)
		result = plan_chain(&target->wanted, n_configs, configs,
				    transaction->manager->linker->type->components_max,
				    applying->plan, &transaction->error);
	return result;
}

static int apply_device(struct applying *applying)
{
	struct error *error = &applying->transaction->error;
	const struct apply_options *options = applying->transaction->change->options;
	const struct apply_device *wanted = applying->device;
	struct target *target = applying->target;
	struct plan *plan = applying->plan;
	int result = target_check_orphan(applying->transaction, target, error)
			     ?: apply_settings(target, options->owner, wanted, plan, error);

	if (result == 0)
		result = apply_policy(applying->transaction, applying->number, target, plan)
				 ?: apply_settings_note_owners(target, plan, error);
	for (size_t i = 0; result == 0 && i < wanted->n_components; i++)
		result = blame(applying, i, specify(applying, &wanted->components[i]));
	if (result == 0)
		result = make_plan(applying);
	if (result == 0)
		result = load_new(applying);
	if (result == 0)
		result = check_parked(applying);
	if (result == 0)
		result = take_warnings(applying);
	if (result == 0 && target->config.suspended)
		result = plan_warn_suspended(plan, error);
	if (result == 0)
		result = large_mtu_warn(target, &plan->warnings, error);
	return result < 0 ? result : plan_warn(plan, &target->wanted, error);
}

static int apply_target(struct transaction *transaction, size_t number)
{
	const struct apply_options *options = transaction->change->options;
	/* The change does not name all devices of its owner. */
	static const struct apply_device nothing;
	const struct apply_device *device = number < options->n_devices ? &options->devices[number]
									: &nothing;
	cleanup(applying_done) struct applying applying = {
		.transaction = transaction,
		.number = number,
		.target = &transaction->targets[number],
		.device = device,
		.plan = &transaction->result.plans[number],
		.wanted = calloc(device->n_components + 1, sizeof(*applying.wanted)),
		.configs = calloc(device->n_components + 1, sizeof(*applying.configs)),
	};
	int result;

	if (!applying.wanted || !applying.configs)
		return error_memory(&transaction->error);
	transaction->result.n_plans = number + 1;
	transaction->n_old_warnings = transaction->warnings.n_items;
	result = begin_plan(&applying);
	if (result == 0 && applying.target->device->rollback && transaction->change->dry_run)
		result = plan_warn_unconfirmed(applying.plan, &transaction->error);
	if (result == 0)
		result = apply_device(&applying);
	if (result < 0 || applying.plan->changes)
		return result;
	applying.target->stays = applying.target->untouched = true;
	applying.target->generation = applying.target->device->generation;
	return 0;
}

int apply_find_more(struct transaction *transaction)
{
	const struct apply_options *options = transaction->change->options;
	const struct registry *registry = &transaction->manager->registry;
	int result = 0;

	for (size_t i = 0; options->owner && result == 0 && i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];
		size_t n_targets = transaction->n_targets;
		struct target *target;

		if (!device_has_owner(device, options->owner) ||
		    !grant_covers_device(transaction, options->owner, device))
			continue;
		result = transaction_add_target(transaction, device, &target);
		if (result == 0 && transaction->n_targets > n_targets)
			target->stays = false;
	}
	return result;
}

void apply_describe(const void *userdata, FILE *text)
{
	const struct apply_options *options = userdata;

	if (options->owner)
		fprintf(text, ", owner '%s'", options->owner);
}

int apply_edit(struct transaction *transaction)
{
	int result = apply_objects_begin(transaction);

	transaction->result.plans = calloc(transaction->n_targets + 1,
					   sizeof(*transaction->result.plans));
	if (!transaction->result.plans)
		return error_memory(&transaction->error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = apply_target(transaction, i);
	return result;
}
