// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/grant-compare.h"

#include "base/cleanup.h"
#include "daemon/chain/owner.h"

#include <string.h>

int grant_refuse_owner(const struct change *change, const char *name, const char *owner,
		       struct error *error)
{
	error_set(error, ERROR_NO_PERMISSION, -EPERM, "'%s' %s%s%s", name,
		  owner ? "belongs to owner '" : "has no owner", owner ?: "", owner ? "'" : "");
	grants_explain(&change->grants, GRANTS_ALL, error);
	return -EPERM;
}

int grant_refuse_setting(const struct change *change, const char *ifname, const char *setting,
			 struct error *error)
{
	error_set(error, ERROR_NO_PERMISSION, -EPERM, "%s of %s concerns the whole device", setting,
		  ifname);
	grants_explain(&change->grants, GRANTS_ALL, error);
	return -EPERM;
}

int grant_refuse_device(const struct grant *grant, const char *ifname, struct error *error)
{
	cleanup(freep) char *devices = grant_format_devices(grant);

	return error_set(
		error, ERROR_NO_PERMISSION, -EPERM,
		"components of owner '%s' cannot be changed on %s by this client, but only "
		"on %s (devices in the setting 'owner')",
		grant->owner, ifname, devices ?: "no device");
}

bool grant_covers(const struct grant *grant, const struct device *device)
{
	return grant_has_device(grant, device->netns_path, device->ifname);
}

/* The first setting of the device that differs; NULL: none does. */
static const char *find_setting(const struct grant_comparison *comparison)
{
	const struct device_config *before = comparison->config_before, *after = comparison->config;
	const struct entry *old = comparison->chain_before->policy;
	const struct entry *new = comparison->chain->policy;

	if (before->mode != after->mode)
		return "mode";
	if (before->interop != after->interop)
		return "interop";
	if (before->suspended != after->suspended)
		return "suspension";
	if (!same_text(before->match, after->match))
		return "match";
	if (!strings_equal(&before->owners, &after->owners))
		return "setting_owners";
	if (!old != !new || (old && !component_spec_equal(&old->spec, &new->spec)))
		return "policy";
	return NULL;
}

bool grant_same_map_permissions(const struct map_permissions *one,
				const struct map_permissions *other)
{
	return same_text(one->user, other->user) && same_text(one->group, other->group) &&
	       one->has_mode == other->has_mode && (!one->has_mode || one->mode == other->mode);
}

/* Another loader has loaded components without an object. */
static bool same_program(const struct entry *one, const struct entry *other)
{
	if (!*one->spec.sha256 && !*other->spec.sha256)
		return one->component == other->component;
	return component_spec_equal(&one->spec, &other->spec);
}

static bool same_settings(const struct component_settings *one,
			  const struct component_settings *other)
{
	return one->priority == other->priority && one->proceed == other->proceed &&
	       one->forbidden == other->forbidden && one->on_failure == other->on_failure;
}

bool grant_same_entry(const struct entry *one, const struct entry *other)
{
	return one->id == other->id && !strcmp(one->name, other->name) &&
	       same_owner(one->owner, other->owner) &&
	       same_settings(&one->settings, &other->settings) && same_program(one, other) &&
	       one->parked == other->parked && one->lease == other->lease &&
	       grant_same_map_permissions(&one->map_permissions, &other->map_permissions);
}

/* The next entry at or after `*at` that does not belong to an owner of the client; NULL: all belong to one. */
static const struct entry *next_other(const struct grants *grants, const struct chain *chain,
				      size_t *at)
{
	while (*at < chain->n_entries && grants_find(grants, chain->entries[*at].owner))
		++*at;
	return *at < chain->n_entries ? &chain->entries[(*at)++] : NULL;
}

static int refuse_other(const struct grant_comparison *comparison, const struct entry *entry,
			struct error *error)
{
	grant_refuse_owner(comparison->change, entry->name, entry->owner, error);
	error_prefix(error, "%s: ", comparison->device->ifname);
	return -EPERM;
}

/* Those of other owners must be the same, in the same order. */
static int check_others(const struct grant_comparison *comparison, struct error *error)
{
	const struct grants *grants = &comparison->change->grants;
	size_t at_before = 0, at = 0;
	const struct entry *before, *after;

	do {
		before = next_other(grants, comparison->chain_before, &at_before);
		after = next_other(grants, comparison->chain, &at);
		if (!before != !after || (before && !grant_same_entry(before, after)))
			return refuse_other(comparison, before ?: after, error);
	} while (before);
	return 0;
}

/* Each entry of the client's owners that only one of the chains has, or that differs, is on a device of its grant. */
static int check_own(const struct grant_comparison *comparison, const struct chain *chain,
		     const struct chain *other, struct error *error)
{
	const struct grants *grants = &comparison->change->grants;

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];
		const struct entry *same = chain_find_id(other, entry->id);
		const struct grant *grant = grants_find(grants, entry->owner);

		if (grant && !(same && grant_same_entry(entry, same)) &&
		    !grant_covers(grant, comparison->device))
			return grant_refuse_device(grant, comparison->device->ifname, error);
	}
	return 0;
}

int grant_compare(const struct grant_comparison *comparison, struct error *error)
{
	const char *setting = find_setting(comparison);

	if (setting)
		return grant_refuse_setting(comparison->change, comparison->device->ifname, setting,
					    error);
	return check_others(comparison, error)
		       ?: check_own(comparison, comparison->chain, comparison->chain_before, error)
		       ?: check_own(comparison, comparison->chain_before, comparison->chain, error);
}
