/*
 * What each kind of change wants, and the checks that all of them share, side by side. A kind that takes
 * more than a few lines has a file of its own: adopt.c, apply.c, confirm.c, interop.c, move.c, policy.c,
 * relink.c.
 */
#include "daemon/control/edit/edit.h"

#include "base/cleanup.h"
#include "daemon/control/edit/adopt.h"
#include "daemon/control/edit/apply.h"
#include "daemon/control/edit/confirm.h"
#include "daemon/control/edit/interop.h"
#include "daemon/control/edit/map-permissions.h"
#include "daemon/control/edit/move.h"
#include "daemon/control/edit/policy.h"
#include "daemon/control/edit/relink.h"
#include "daemon/control/load/load.h"
#include "daemon/control/transaction/target.h"

#include <string.h>

static int check_generation(const struct change *change, const struct target *target,
			    struct error *error)
{
	uint64_t number = target->device->generation;

	if (!change->has_expect_generation || change->expect_generation == number)
		return 0;
	return error_set(error, ERROR_GENERATION_CHANGED, -ESTALE,
			 "%s is at generation %llu, not %llu as expected", target->ifname,
			 (unsigned long long)number, (unsigned long long)change->expect_generation);
}

/* What came with the change, the sources in their order. */
static int receive(struct transaction *transaction, size_t n_sources,
		   struct program_source *const *sources)
{
	int result = 0;

	transaction->bundles = calloc(n_sources, sizeof(*transaction->bundles));
	if (!transaction->bundles)
		return error_memory(&transaction->error);
	for (size_t i = 0; result == 0 && i < n_sources; i++) {
		transaction->n_bundles = i + 1;
		result = bundle_receive(sources[i], &transaction->bundles[i], &transaction->error);
	}
	return result;
}

static int attach_to(struct transaction *transaction, struct target *target,
		     const struct position *position, const struct component_spec *spec,
		     const struct map_permissions *map_permissions)
{
	struct error *error = &transaction->error;
	cleanup(component_release) struct component *component = NULL;
	struct entry *entry;
	int result = target_check_orphan(transaction, target, error)
			     ?: target_choose_mode(target, transaction->change->attach.mode, error);

	interop_choose(target, transaction->change->attach.interop);
	if (result == 0)
		result = policy_check_place(target, spec->slot, &transaction->bundles[0], NULL,
					    error);
	if (result == 0)
		result = chain_insert(&target->wanted, position,
				      transaction->manager->linker->type->components_max,
				      target->ifname, &entry, error);
	if (result == 0)
		result = load_component(transaction, target, spec, &transaction->bundles[0],
					&component, error);
	if (result == 0)
		result = entry_set_component(entry, component, error);
	if (result == 0 && map_permissions_merge(&entry->map_permissions, map_permissions) < 0)
		result = error_memory(error);
	return result;
}

/* What the change says about its source beside the program. */
static int add_options(struct component_spec *spec, const struct program_source *source,
		       struct error *error)
{
	spec->devbound |= source->devbound;
	return component_spec_set_values(spec, &source->values, error)
		       ?: map_shares_set(&spec->shares, &source->shares, source->n_pins,
					 source->pins, error);
}

/* There is one device, if anything is to tell it. */
static int set_match(struct transaction *transaction)
{
	const char *match = transaction->change->attach.match;

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
	const struct attach_options *options = &transaction->change->attach;
	const struct component_options *component = &options->component;
	const struct bundle *bundle = &transaction->bundles[0];
	const struct program_choice choice = policy_choice(&bundle->choice, options->slot);
	cleanup(map_permissions_done) struct map_permissions map_permissions = {};
	cleanup(component_spec_done) struct component_spec spec = {};
	const struct position position = {
		.name = component->name ?: choice.name,
		.has_priority = component->has_priority,
		.priority = component->has_priority ? component->priority : choice.priority,
		.proceed = component->has_proceed ? component->proceed : choice.proceed,
		.forbidden = component->forbidden,
		.on_failure = component->on_failure,
		.before = options->before,
		.after = options->after,
	};
	int result = bundle_spec(bundle, &spec, &transaction->error);

	if (result == 0)
		result = add_options(&spec, &options->source, &transaction->error);
	if (result == 0)
		result = component_spec_set_slot(&spec, options->slot, &transaction->error);
	if (result == 0)
		result = map_permissions_prepare(transaction, &component->map_permissions,
						 &map_permissions, &transaction->error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = attach_to(transaction, &transaction->targets[i], &position, &spec,
				   &map_permissions);
	return result;
}

static int edit_attach(struct transaction *transaction)
{
	struct program_source *source = &transaction->change->attach.source;

	return receive(transaction, 1, &source) ?: set_match(transaction)
	       ?: attach_to_all(transaction);
}

static int edit_detach_one(const struct transaction *transaction, struct target *target,
			   struct error *error)
{
	const struct detach_options *options = &transaction->change->detach;
	bool orphan = target_orphan(transaction, target);
	int result = 0;

	if (orphan && !options->release)
		return target_check_orphan(transaction, target, error);
	if (target->is_new && !orphan)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT, "xdpd does not manage %s",
				 target->ifname);
	if (orphan && transaction->change->confirm)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s cannot be released with --confirm: its chain is unknown, so "
				 "it could not be restored",
				 target->ifname);
	if (options->all)
		chain_clear(&target->wanted);
	else
		result = chain_remove(&target->wanted, options->name, target->ifname, error);
	if (result == 0 && options->release && target->wanted.n_entries)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EBUSY,
				 "%s cannot be released while it runs '%s'; detach every component "
				 "with --all",
				 target->ifname, target->wanted.entries[0].name);
	target->release = options->release;
	return result;
}

static int edit_detach(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = edit_detach_one(transaction, &transaction->targets[i],
					 &transaction->error);
	return result;
}

/* The new program, with what was set and shared before, unless that is said anew. */
static int write_spec(const struct transaction *transaction, const struct component_spec *before,
		      struct component_spec *ret, struct error *error)
{
	const struct bundle *bundle = &transaction->bundles[0];
	int result = bundle_spec(bundle, ret, error);

	if (result == 0)
		result = component_spec_set_values(ret, &before->values, error);
	if (result == 0 && map_shares_keep(&ret->shares, &before->shares) < 0)
		result = error_memory(error);
	if (result == 0)
		result = component_spec_set_slot(ret, before->slot, error);
	ret->devbound = before->devbound;
	return result < 0 ? result : add_options(ret, &transaction->change->replace.source, error);
}

/* A variable or map that is not there may be one that nobody named now. */
static void explain_options(const struct component_spec *before, struct error *error)
{
	if (error->id != ERROR_INVALID_ARGUMENT || error->number != -ENOENT)
		return;
	if (before->shares.n_items)
		error_prefix(error,
			     "maps shared before stay shared unless '--map NAME' drops them: ");
	else if (before->values.n_items)
		error_prefix(error,
			     "variables set before stay set unless '--set NAME' drops them: ");
}

static int replace_on(struct transaction *transaction, struct target *target)
{
	const struct replace_options *options = &transaction->change->replace;
	const struct map_reuse_options reuse = { options->fresh_maps, options->allow_map_change };
	struct entry *entry = chain_find(&target->wanted, options->name);
	cleanup(component_spec_done) struct component_spec spec = {};
	struct error *error = &transaction->error;
	int result;

	if (!entry)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT,
				 "%s has no component '%s'", target->ifname, options->name);
	if (entry->parked)
		return error_set(
			error, ERROR_INVALID_ARGUMENT, -EINVAL,
			"'%s' on %s is parked, so xdpd cannot check that the new program fits; "
			"detach it, and attach the new program when there is a place for it",
			options->name, target->ifname);
	result = write_spec(transaction, &entry->spec, &spec, error);
	if (result == 0)
		result = policy_check_place(target, spec.slot, &transaction->bundles[0], entry,
					    error);
	if (result == 0)
		result = load_successor(transaction, target, entry, &spec, &transaction->bundles[0],
					reuse, error);
	if (result < 0)
		explain_options(&entry->spec, error);
	return result;
}

static int edit_replace(struct transaction *transaction)
{
	struct program_source *source = &transaction->change->replace.source;
	int result = receive(transaction, 1, &source);

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = replace_on(transaction, &transaction->targets[i]);
	return result;
}

static int edit_policy(struct transaction *transaction)
{
	struct policy_options *options = &transaction->change->policy;
	struct program_source *source = &options->source;
	cleanup(component_spec_done) struct component_spec spec = {};
	const struct bundle *bundle;
	int result = receive(transaction, 1, &source);

	if (result < 0)
		return result;
	bundle = &transaction->bundles[0];
	result = bundle_spec(bundle, &spec, &transaction->error);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		result = target_check_orphan(transaction, target, &transaction->error)
				 ?: policy_set(transaction, target, &spec, bundle, options->park,
					       &transaction->error);
	}
	return result;
}

static int edit_policy_away(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = policy_clear(transaction, &transaction->targets[i],
				      transaction->change->policy.park, &transaction->error);
	return result;
}

static int edit_interop(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->is_new)
			return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENOENT,
					 "xdpd does not manage %s; attach a component with 'xdpctl "
					 "attach --interop libxdp' first",
					 target->ifname);
		interop_choose(target, transaction->change->interop);
	}
	return 0;
}

/* The kernel lets a program that takes packets in several buffers be reached only from its like. */
static int check_frags(const struct target *target, const struct entry *last, struct error *error)
{
	const struct chain *wanted = &target->wanted;

	for (size_t i = 0; last->component->frags && i < wanted->n_entries; i++) {
		const struct component *component = wanted->entries[i].component;

		if (!wanted->entries[i].parked && component && !component->frags)
			return error_set(
				error, ERROR_INVALID_ARGUMENT, -EINVAL,
				"on %s, '%s' does not accept multi-buffer packets (its section is "
				"not xdp.frags), but '%s', which is run by a tail call, does; "
				"supply the object of the latter with 'xdpctl replace'",
				target->ifname, wanted->entries[i].name, last->name);
	}
	return 0;
}

/* From a tail call nothing comes back. */
static int check_tail_calls(const struct target *target, struct error *error)
{
	const struct chain *wanted = &target->wanted;
	const struct entry *last = chain_last(wanted);

	for (size_t i = 0; last && i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];

		if (!entry_is_tail_called(entry))
			continue;
		if (entry->forbidden)
			return error_set(
				error, ERROR_INVALID_ARGUMENT, -EOPNOTSUPP,
				"on %s, the verdicts of '%s' cannot be restricted, because it is "
				"run by a tail call; supply its object with 'xdpctl replace'",
				target->ifname, entry->name);
		if (entry == last)
			return check_frags(target, entry, error);
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "on %s, '%s' cannot run after '%s', which is run by a tail call; "
				 "give it a priority below 65535 (--prio), or supply the object of "
				 "the latter with 'xdpctl replace'",
				 target->ifname, last->name, entry->name);
	}
	return 0;
}

static int edit(struct transaction *transaction)
{
	switch (transaction->change->kind) {
	case CHANGE_ATTACH:
		return edit_attach(transaction);
	case CHANGE_DETACH:
		return edit_detach(transaction);
	case CHANGE_REPLACE:
		return edit_replace(transaction);
	case CHANGE_MOVE:
		return move_all(transaction);
	case CHANGE_INTEROP:
		return edit_interop(transaction);
	case CHANGE_SET_POLICY:
		return edit_policy(transaction);
	case CHANGE_CLEAR_POLICY:
		return edit_policy_away(transaction);
	case CHANGE_APPLY:
		return apply_all(transaction);
	case CHANGE_ADOPT:
		return adopt_all(transaction);
	case CHANGE_CONFIRM:
		return confirm_edit(transaction);
	case CHANGE_REVERT:
		return confirm_edit_revert(transaction);
	case CHANGE_RELINK:
		return relink_all(transaction);
	case CHANGE_TEST:
		return transaction->change->test.planned ? apply_all(transaction) : 0;
	case CHANGE_VERIFY:
		break;
	}
	return error_set(&transaction->error, ERROR_INTERNAL, -EINVAL, "unknown kind of change");
}

static int check_interop(struct transaction *transaction, const struct target *target)
{
	const struct change *change = transaction->change;
	bool is_new = change->kind == CHANGE_APPLY && target->interop && !target->device->interop;
	bool asked = is_new || change->interop != INTEROP_UNSET ||
		     change->attach.interop != INTEROP_UNSET;

	if (target->release)
		return 0;
	return interop_check(transaction->manager, target, asked, &transaction->error);
}

int transaction_edit(struct transaction *transaction)
{
	struct error *error = &transaction->error;
	int result = 0;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		target->generation = target->device->generation + !target->stays;
		target->interop = target->device->interop;
		target->mode = target->device->mode;
		result = check_generation(transaction->change, target, error);
		if (result == 0)
			result = confirm_check(transaction, target);
		if (result == 0)
			result = chain_copy(&target->device->chain, &target->wanted, error);
		if (result < 0)
			return result;
	}
	result = edit(transaction);
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = map_permissions_withdraw_all(&transaction->targets[i], error)
				 ?: policy_check_all(&transaction->targets[i], error)
				 ?: check_tail_calls(&transaction->targets[i], error)
				 ?: check_interop(transaction, &transaction->targets[i]);
	return result < 0 ? result : confirm_keep_before(transaction);
}
