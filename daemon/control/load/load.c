// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/load.h"

#include "base/cleanup.h"
#include "daemon/control/load/device-bound.h"
#include "daemon/control/load/resolve-maps.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/component/map-reuse.h"
#include "daemon/state/registry.h"

/* Only pins that were in use before a reboot are opened by their paths. */
static bool may_open_pins(const struct transaction *transaction)
{
	return !transaction->change || transaction->change->kind->restores;
}

/* A copy in which every shared map has its owner. */
static int find_owners(const struct target *target, uint64_t self,
		       const struct component_spec *spec, struct component_spec *ret,
		       struct error *error)
{
	int result = component_spec_copy(spec, ret, error);

	for (size_t i = 0; result == 0 && i < spec->shares.n_items; i++)
		ret->shares.items[i].fd = spec->shares.items[i].fd;
	return result < 0 ? result : resolve_maps_bind(target, self, ret, error);
}

/* The policy that has the slot of the spec; NULL if the spec has none. */
static int find_policy(const struct target *target, const struct component_spec *spec,
		       const struct component **ret, struct error *error)
{
	const struct entry *policy = target->wanted.policy;

	*ret = spec->slot && policy ? policy->component : NULL;
	if (!spec->slot || *ret)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			 "'%s' is for slot '%s' of a policy, but %s has no loaded policy",
			 spec->program, spec->slot, target->ifname);
}

/* A section for extensions has no frags flag; a program in a slot takes the flag of its policy. */
static bool takes_frags(const struct program_choice *choice, const struct component *policy)
{
	return choice->frags || (choice->extension && policy && policy->frags);
}

bool load_chain_accepts_frags(const struct target *target, const struct entry *self)
{
	const struct chain *wanted = &target->wanted;

	for (size_t i = 0; chain_nth(wanted, i); i++) {
		const struct entry *entry = chain_nth(wanted, i);

		if (entry != self && !entry->parked && entry->component &&
		    !component_accepts_frags(entry->component))
			return false;
	}
	return true;
}

/* libxdp's tools list only extensions. */
static bool prefers_extensions(const struct target *target)
{
	return target->config.interop || target->unfused;
}

/* Was the component loaded as it would be loaded for the target's chain? */
static bool suits(const struct target *target, const struct component *component, bool has_frags)
{
	return component_fits_frags(component, component->frags && has_frags) &&
	       !(prefers_extensions(target) ? component->no_extension : component->map_limit);
}

/* System calls name the devices in a map by their numbers in the caller's network namespace. */
static int enter_for_maps(const struct target *target, const struct load_options *options,
			  struct netns_visit *visit, struct error *error)
{
	bool may_copy = options->map_reuse && options->map_reuse->predecessor->has_program_maps;

	return may_copy && target->netns && !options->bound_to
		       ? netns_enter(target->netns, visit, error)
		       : 0;
}

/* The limits for a component that a limited client has supplied. False: it has no limits. */
static bool get_limits(const struct transaction *transaction, const struct entry *entry,
		       const struct component_spec *spec, struct component_limits *ret)
{
	const struct change *change = transaction->change;
	const struct grant *grant = NULL;

	if (!spec->restricted)
		return false;
	/* What was within the budget is loaded again, whatever the budget is now. */
	if (change && change->is_limited && !change->kind->restores)
		grant = grants_find(&change->grants, entry->owner);
	*ret = (struct component_limits){
		.name = entry->name,
		.owner = entry->owner,
		.map_bytes = grant ? grant->map_bytes : GRANT_UNLIMITED,
	};
	return true;
}

/*
 * Loads a new component for the entry, from the bundle or the store; `options` has its policy and the maps that it
 * reuses.
 */
static int load_new(const struct transaction *transaction, const struct target *target,
		    const struct entry *entry, const struct component_spec *spec,
		    const struct bundle *bundle, struct load_options options,
		    struct component **ret, struct error *error)
{
	const struct manager *manager = transaction->manager;
	struct component_limits limits;
	cleanup(bundle_done) struct bundle recalled = {};
	cleanup(shared_maps_done) struct shared_maps maps = {};
	cleanup(component_spec_done) struct component_spec bound = {};
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = 0;

	if (!bundle) {
		result = bundle_recall(manager->store, spec, &recalled, error);
		bundle = &recalled;
	}
	if (result == 0)
		result = find_owners(target, 0, spec, &bound, error);
	if (result == 0)
		result = resolve_maps_collect(target, &bound, may_open_pins(transaction), &maps,
					      error);
	if (result < 0)
		return result;
	options.spec = &bound;
	options.attach_type = target->device->attach_type;
	options.prefers_extension = prefers_extensions(target);
	options.directories = &manager->directories;
	options.object = bundle_object(bundle);
	options.frags = manager->linker->frags && takes_frags(&bundle->choice, options.policy);
	options.has_frags &= options.frags;
	options.n_maps = maps.n_maps;
	options.maps = maps.maps;
	options.limits = get_limits(transaction, entry, &bound, &limits) ? &limits : NULL;
	result = device_bound_options(manager, target, &options, &visit, error)
			 ?: enter_for_maps(target, &options, &visit, error);
	if (result < 0)
		return result;
	return manager->linker->type->load(manager->linker, &options, ret, error);
}

/* The component that another target of the transaction got; NULL if none did. */
static struct component *find_new(const struct transaction *transaction,
				  const struct target *target, const struct entry *entry,
				  const struct component_spec *spec)
{
	struct component *found = NULL;

	for (size_t i = 0; !found && i < transaction->n_targets; i++) {
		const struct target *other = &transaction->targets[i];

		if (other->device->attach_type == target->device->attach_type)
			found = chain_find_component(&other->wanted, spec, entry->owner,
						     &target->wanted);
	}
	return found;
}

int load_component(const struct transaction *transaction, const struct target *target,
		   const struct entry *entry, const struct component_spec *spec,
		   const struct bundle *bundle, struct component **ret, struct error *error)
{
	const struct registry *registry = &transaction->manager->registry;
	struct component *found = NULL;
	struct load_options options = { .has_frags = load_chain_accepts_frags(target, NULL) };
	int result;

	if (component_spec_can_be_shared(spec))
		found = find_new(transaction, target, entry, spec);
	if (!found && component_spec_can_be_shared(spec))
		found = registry_find_component(registry, spec, entry->owner,
						target->device->attach_type, &target->wanted);
	if (found && suits(target, found, options.has_frags)) {
		*ret = (struct component *)node_hold(&found->node);
		return 0;
	}
	result = find_policy(target, spec, &options.policy, error);
	return result < 0 ? result
			  : load_new(transaction, target, entry, spec, bundle, options, ret, error);
}

/* The component that replaced it in the chain of that target; NULL if none did. */
static struct component *find_successor_on(const struct target *target,
					   const struct component *predecessor)
{
	const struct chain *before = &target->device->chain;

	for (size_t i = 0; i < before->n_entries; i++) {
		const struct entry *after;

		if (before->entries[i].component != predecessor)
			continue;
		after = chain_find_id(&target->wanted, before->entries[i].id);
		if (after && !after->parked && after->component != predecessor)
			return after->component;
	}
	return NULL;
}

static struct component *find_successor(const struct transaction *transaction,
					const struct component *predecessor,
					const struct component_spec *spec)
{
	for (size_t i = 0; predecessor && i < transaction->n_targets; i++) {
		struct component *found = find_successor_on(&transaction->targets[i], predecessor);

		if (found && component_spec_serves(&found->spec, spec) &&
		    component_spec_can_be_shared(spec))
			return found;
	}
	return NULL;
}

int load_successor(const struct transaction *transaction, const struct target *target,
		   struct entry *entry, const struct component_spec *spec,
		   const struct bundle *bundle, struct map_reuse_options reuse, struct error *error)
{
	const struct map_reuse map_reuse = { entry->component, reuse.allow_map_change };
	bool inherits = entry->component && !reuse.fresh_maps;
	struct load_options options = {
		.map_reuse = inherits ? &map_reuse : NULL,
		.has_frags = load_chain_accepts_frags(target, entry),
	};
	struct component *found = find_successor(transaction, entry->component, spec);
	cleanup(component_release) struct component *component = NULL;
	cleanup(component_spec_done) struct component_spec bound = {};
	int result = find_owners(target, entry->id, spec, &bound, error);

	if (found && !suits(target, found, options.has_frags))
		found = NULL;
	if (found)
		component = (struct component *)node_hold(&found->node);
	else if (result == 0 && !entry->parked)
		result = find_policy(target, spec, &options.policy, error);
	if (result == 0 && !found)
		result = load_new(transaction, target, entry, &bound, bundle, options, &component,
				  error);
	return result < 0 ? result : entry_set_component(entry, component, error);
}

/* The policy that another target of the transaction got; NULL if none did. */
static struct component *find_new_policy(const struct transaction *transaction,
					 const struct target *target,
					 const struct component_spec *spec)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *other = &transaction->targets[i];
		const struct entry *policy = other->wanted.policy;

		if (other != target && policy && policy->component &&
		    other->device->attach_type == target->device->attach_type &&
		    component_spec_equal(&policy->spec, spec))
			return policy->component;
	}
	return NULL;
}

static int load_policy(const struct transaction *transaction, const struct target *target,
		       const struct component_spec *spec, const struct bundle *bundle,
		       struct component **ret, struct error *error)
{
	const struct manager *manager = transaction->manager;
	const struct load_options options = {
		.spec = spec,
		.object = bundle_object(bundle),
		.frags = bundle->choice.frags,
		.has_frags = bundle->choice.frags && manager->linker->frags,
		.attach_type = target->device->attach_type,
		.is_policy = true,
		.directories = &manager->directories,
	};

	if (bundle->choice.extension)
		return error_set(error, ERROR_WRONG_PROGRAM_TYPE, -EINVAL,
				 "'%s' of %s cannot be a policy: its section makes it an extension "
				 "for a slot; a policy is an XDP program",
				 spec->program, spec->label);
	return manager->linker->type->load(manager->linker, &options, ret, error);
}

int load_policy_component(const struct transaction *transaction, const struct target *target,
			  const struct component_spec *spec, const struct bundle *bundle,
			  struct component **ret, struct error *error)
{
	const struct manager *manager = transaction->manager;
	cleanup(bundle_done) struct bundle recalled = {};
	struct component *found = find_new_policy(transaction, target, spec);
	int result = 0;

	if (!found)
		found = registry_find_policy(&manager->registry, spec, target->device->attach_type);
	if (found) {
		*ret = (struct component *)node_hold(&found->node);
		return 0;
	}
	if (!bundle)
		result = bundle_recall(manager->store, spec, &recalled, error);
	if (result < 0)
		return result;
	return load_policy(transaction, target, spec, bundle ?: &recalled, ret, error);
}
