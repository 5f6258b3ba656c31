// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/edit/grant-check.h"

#include "base/cleanup.h"
#include "daemon/chain/owner.h"
#include "daemon/control/edit/grant-budget.h"
#include "daemon/control/edit/grant-compare.h"
#include "daemon/state/rollback.h"

#include <string.h>

static bool is_covered(const struct grants *grants, const struct device *device)
{
	for (size_t i = 0; i < grants->n_items; i++)
		if (grant_covers(&grants->items[i], device))
			return true;
	return false;
}

bool grant_covers_device(const struct transaction *transaction, const char *owner,
			 const struct device *device)
{
	const struct change *change = transaction->change;
	const struct grant *grant = grants_find(&change->grants, owner);

	return !change->is_limited || (grant && grant_covers(grant, device));
}

static int check_device(const struct change *change, const struct device *device,
			struct error *error)
{
	if (is_covered(&change->grants, device))
		return 0;
	if (change->grants.n_items == 1)
		return grant_refuse_device(&change->grants.items[0], device->ifname, error);
	error_set(error, ERROR_NO_PERMISSION, -EPERM,
		  "components on %s cannot be changed by this client", device->ifname);
	grants_explain(&change->grants, GRANTS_ALL, error);
	return -EPERM;
}

/* Has the unconfirmed change of the device changed only components of the client's owners? */
static int check_unconfirmed(const struct change *change, const struct device *device,
			     struct error *error)
{
	const struct rollback *rollback = device->rollback;
	const struct grant_comparison comparison = {
		.change = change,
		.device = device,
		.config_before = &rollback->config,
		.config = &device->config,
		.chain_before = &rollback->chain,
		.chain = &device->chain,
	};
	int result = check_device(change, device, error);

	if (result == 0 && rollback->released)
		result = grant_refuse_setting(change, device->ifname, "release", error);
	if (result == 0)
		result = grant_compare(&comparison, error);
	if (result < 0)
		error_prefix(error, "the unconfirmed change of %s: ", device->ifname);
	return result;
}

/* It is confirmed, rolled back or extended on all of its devices together. */
static int check_all_unconfirmed(const struct transaction *transaction, uint64_t number,
				 struct error *error)
{
	const struct registry *registry = &transaction->manager->registry;
	int result = 0;

	for (size_t i = 0; result == 0 && i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (device->rollback && device->rollback->change == number)
			result = check_unconfirmed(transaction->change, device, error);
	}
	return result;
}

int grant_check_targets(const struct transaction *transaction, struct error *error)
{
	const struct change *change = transaction->change;
	int result = 0;

	for (size_t i = 0; change->is_limited && result == 0 && i < transaction->n_targets; i++) {
		const struct device *device = transaction->targets[i].device;

		result = check_device(change, device, error);
		if (result == 0 && device->rollback &&
		    (change->confirm || change->kind->is_about_unconfirmed))
			result = check_all_unconfirmed(transaction, device->rollback->change,
						       error);
	}
	return result;
}

static int refuse_verdicts(const struct grant *grant, const char *name, verdict_set asked,
			   struct error *error)
{
	char more[VERDICT_SET_TEXT_MAX], allowed[VERDICT_SET_TEXT_MAX];

	return error_set(error, ERROR_NO_PERMISSION, -EPERM,
			 "'%s' cannot be allowed to return %s: components of owner '%s' may return "
			 "%s (verdicts in the setting 'owner')",
			 name, verdict_set_format(asked & grant_forbidden(grant), more),
			 grant->owner, verdict_set_format(grant->verdicts, allowed));
}

/*
 * A component that ends the chain with pass would let packets past the components of other owners that run after
 * it.
 */
static int refuse_to_end(const struct grant *grant, const char *name, struct error *error)
{
	return error_set(error, ERROR_NO_PERMISSION, -EPERM,
			 "'%s' must proceed on pass (proceed_on): components of owner '%s' cannot "
			 "let packets skip components of other owners (setting 'owner')",
			 name, grant->owner);
}

int grant_limit_settings(const struct transaction *transaction, const struct target *target,
			 const char *owner, const char *name,
			 const struct component_options *options,
			 struct component_settings *settings, struct error *error)
{
	const struct change *change = transaction->change;
	const struct grant *grant = grants_find(&change->grants, owner);
	verdict_set asked = options && options->has_forbidden
				    ? VERDICTS_ALL & ~options->settings.forbidden
				    : 0;

	if (!change->is_limited)
		return 0;
	if (!grant)
		return grant_refuse_owner(change, name, owner, error);
	if (!grant_covers(grant, target->device))
		return grant_refuse_device(grant, target->device->ifname, error);
	if (asked & grant_forbidden(grant))
		return refuse_verdicts(grant, name, asked, error);
	settings->forbidden |= grant_forbidden(grant);
	return settings->proceed & VERDICT_BIT(VERDICT_PASS) ? 0
							     : refuse_to_end(grant, name, error);
}

/* The entry in the wanted chain whose map is shared; NULL: the chain does not have it. */
static const struct entry *find_source(const struct target *target, const struct map_share *share)
{
	cleanup(freep) char *name = NULL;
	size_t length;

	if (share->owner)
		return chain_find_id(&target->wanted, share->owner);
	map_share_map(share, &length);
	name = strndup(share->from, length);
	return name ? chain_find(&target->wanted, name) : NULL;
}

static int check_share(const struct change *change, const struct target *target, const char *owner,
		       const char *name, const struct map_share *share, struct error *error)
{
	bool is_pinned = map_share_path(share);
	const struct entry *source = is_pinned ? NULL : find_source(target, share);

	if (source && same_owner(source->owner, owner))
		return 0;
	/* A component that never existed is refused in other words when the map is looked up. */
	if (!is_pinned && !source && !share->owner)
		return 0;
	error_set(
		error, ERROR_NO_PERMISSION, -EPERM,
		"'%s' on %s cannot share map '%s' from '%s', which is not a map of a component of "
		"owner '%s'",
		name, target->ifname, share->name, share->from, owner);
	grants_explain(&change->grants, GRANTS_ALL, error);
	return -EPERM;
}

/* Only maps of other components of the owner can be shared. */
static int check_maps(const struct change *change, const struct target *target, const char *owner,
		      const char *name, const struct component_spec *spec, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < spec->shares.n_items; i++)
		result = check_share(change, target, owner, name, &spec->shares.items[i], error);
	return result;
}

int grant_check_load(const struct transaction *transaction, const struct target *target,
		     const char *owner, const char *name, const struct component_spec *spec,
		     struct error *error)
{
	const struct change *change = transaction->change;
	const struct grant *grant = grants_find(&change->grants, owner);

	if (!change->is_limited)
		return 0;
	if (!grant)
		return grant_refuse_owner(change, name, owner, error);
	return check_maps(change, target, owner, name, spec, error)
		       ?: grant_budget_check_new(transaction, grant, error);
}

int grant_check_setting(const struct transaction *transaction, const struct target *target,
			const char *setting, bool changes, struct error *error)
{
	if (!changes || !transaction->change->is_limited)
		return 0;
	return grant_refuse_setting(transaction->change, target->ifname, setting, error);
}

/* Maps may be opened by the client's user and the group of the grant. */
static int check_permissions(const struct change *change, const struct grant *grant,
			     const struct entry *entry, struct error *error)
{
	const struct map_permissions *permissions = &entry->map_permissions;
	const char *what = NULL;

	if (permissions->user && permissions->uid != change->uid)
		what = "user";
	else if (permissions->group && permissions->gid != grant->gid)
		what = "group";
	else if (permissions->has_mode && permissions->mode & 07)
		what = "mode";
	if (!what)
		return 0;
	return error_set(
		error, ERROR_NO_PERMISSION, -EPERM,
		"the %s of the maps of '%s' would let others open them: maps of owner '%s' "
		"may belong to the client's own user and to group '%s', with a mode such "
		"as 660 (setting 'owner')",
		what, entry->name, grant->owner, grant->group);
}

/* The policy decides what a program in a slot may do. */
static int refuse_slot(const struct grant *grant, const struct entry *entry, struct error *error)
{
	return error_set(error, ERROR_NO_PERMISSION, -EPERM,
			 "'%s' cannot be in slot '%s' of a policy, where its verdicts are not "
			 "limited: this client may change only components of owner '%s' in the "
			 "order of a chain (setting 'owner')",
			 entry->name, entry->spec.slot, grant->owner);
}

static int refuse_unknown(const struct grant *grant, const struct entry *entry, struct error *error)
{
	return error_set(
		error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
		"the kernel does not report how many instructions of '%s' it verified, and "
		"owner '%s' has a limit for them (instructions in the setting 'owner')",
		entry->name, grant->owner);
}

/* An entry that the change adds, or changes; `before` may be NULL. */
static int check_entry(const struct transaction *transaction, const struct target *target,
		       const struct entry *entry, const struct entry *before, struct error *error)
{
	const struct change *change = transaction->change;
	const struct grant *grant = grants_find(&change->grants, entry->owner);
	const struct component *component = entry->component;
	struct component_settings settings = entry->settings;

	if (entry->spec.slot)
		return refuse_slot(grant, entry, error);
	if (settings.forbidden != (settings.forbidden | grant_forbidden(grant)))
		return refuse_verdicts(grant, entry->name, VERDICTS_ALL & ~settings.forbidden,
				       error);
	if (grant->instructions != GRANT_UNLIMITED && component && !component->work.processed &&
	    (!before || before->component != component))
		return refuse_unknown(grant, entry, error);
	if (!before ||
	    !grant_same_map_permissions(&entry->map_permissions, &before->map_permissions)) {
		int result = check_permissions(change, grant, entry, error);

		if (result < 0)
			return result;
	}
	return grant_limit_settings(transaction, target, entry->owner, entry->name, NULL, &settings,
				    error)
		       ?: check_maps(change, target, entry->owner, entry->name, &entry->spec,
				     error);
}

static int check_target(const struct transaction *transaction, const struct target *target,
			struct error *error)
{
	const struct chain *before = &target->device->chain, *after = &target->wanted;
	const struct grant_comparison comparison = {
		.change = transaction->change,
		.device = target->device,
		.config_before = &target->device->config,
		.config = &target->config,
		.chain_before = before,
		.chain = after,
	};
	int result = grant_check_setting(transaction, target, "release", target->release, error)
			     ?: grant_compare(&comparison, error);

	for (size_t i = 0; result == 0 && i < after->n_entries; i++) {
		const struct entry *entry = &after->entries[i];
		const struct entry *old = chain_find_id(before, entry->id);

		if (grants_find(&transaction->change->grants, entry->owner) &&
		    !(old && grant_same_entry(old, entry)))
			result = check_entry(transaction, target, entry, old, error);
	}
	return result;
}

/* Before the edit, grant_check_targets() has compared what is confirmed or rolled back. */
int grant_check_edit(const struct transaction *transaction, struct error *error)
{
	const struct change *change = transaction->change;
	int result = 0;

	if (!change->is_limited || change->kind->is_about_unconfirmed)
		return 0;
	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		result = check_target(transaction, &transaction->targets[i], error);
	return result ?: grant_budget_check(transaction, error);
}
