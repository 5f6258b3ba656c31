// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pipeline/reply.h"

#include "base/cleanup.h"
#include "daemon/chain/bypass.h"
#include "daemon/control/edit/suspend.h"
#include "daemon/control/pipeline/other-tracers.h"
#include "daemon/state/device.h"

#include <stdio.h>
#include <string.h>

int reply_begin(struct transaction *transaction, size_t n_devices)
{
	const struct change_kind *kind = transaction->change->kind;

	for (size_t i = 0; i < n_devices; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];
		const char *netns = target->device->netns_path;

		transaction->result.n_devices = i + 1;
		result->number = target->device->number;
		result->ifindex = target->ifindex;
		result->ifname = strdup(target->ifname);
		result->netns = netns ? strdup(netns) : NULL;
		result->generation = target->release ? target->device->generation
						     : target->generation;
		if (!result->ifname || (netns && !result->netns) ||
		    (kind->name_of && kind->name_of(transaction, target, &result->name) < 0))
			return error_memory(&transaction->error);
	}
	return 0;
}

void reply_add_note(struct device_result *result, char *sentence)
{
	cleanup(freep) char *before = steal(result->note), *added = sentence;

	if (!before || !added)
		result->note = before ? steal(before) : steal(added);
	else if (asprintf(&result->note, "%s; %s", before, added) < 0)
		result->note = NULL;
}

/*
 * Packets can bypass the component, because an earlier one lets them, and the user might not notice.
 */
static void note_bypass(const struct target *target, struct device_result *result)
{
	const struct chain *chain = &target->wanted;
	const struct entry *changed = result->name ? chain_find(chain, result->name) : NULL;
	char *sentence = NULL;

	if (!changed || target->release)
		return;
	for (size_t i = 0; !sentence && i <= (size_t)(changed - chain->entries); i++)
		bypass_describe(chain, i, &sentence, NULL);
	if (sentence)
		reply_add_note(result, sentence);
}

/* The device does not exist, or could not run its previous chain. */
static void note_absent(const struct device *device, struct device_result *result)
{
	char *sentence;

	if (!device->failure)
		reply_add_note(result, strdup("the device does not exist at present; its chain "
					      "runs as soon as it appears"));
	else if (asprintf(&sentence,
			  "the device could not run its chain when it appeared (%s); if it still "
			  "exists, xdpd retries now, and 'xdpctl status' shows the result",
			  device->failure) >= 0)
		reply_add_note(result, sentence);
}

static uint32_t find_map(const struct entry *entry, const char *name)
{
	const struct component *component = entry ? entry->component : NULL;

	for (size_t i = 0; component && i < component->n_maps; i++)
		if (!strcmp(component->maps[i].name, name))
			return component->maps[i].id;
	return 0;
}

/* Do both have the same map? False also if that cannot be found out. */
static bool is_shared(const struct chain *chain, uint64_t user, const struct map_share *share)
{
	size_t length;
	uint32_t id = find_map(chain_find_id(chain, user), share->name);

	return id &&
	       id == find_map(chain_find_id(chain, share->owner), map_share_map(share, &length));
}

static void note_left_behind(const struct entry *entry, const struct map_share *share,
			     const struct entry *owner, struct device_result *result)
{
	char *sentence;

	if (asprintf(&sentence,
		     "'%s' still uses, as its map '%s', the previous map of '%s'; 'xdpctl replace "
		     "%s' gives it the new one",
		     entry->name, share->name, owner->name, entry->name) >= 0)
		reply_add_note(result, sentence);
}

/*
 * The owner of shared maps got new maps, and the components that share them still have the old ones.
 */
static void note_sharers(const struct target *target, struct device_result *result)
{
	const struct chain *before = &target->device->chain, *wanted = &target->wanted;

	for (size_t i = 0; i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];

		for (size_t j = 0; j < entry->spec.shares.n_items; j++) {
			const struct map_share *share = &entry->spec.shares.items[j];
			const struct entry *owner = chain_find_id(wanted, share->owner);

			if (owner && is_shared(before, entry->id, share) &&
			    !is_shared(wanted, entry->id, share))
				note_left_behind(entry, share, owner, result);
		}
	}
}

/* Does the change let other users open maps of that component, or, for NULL, of any component? */
static bool lets_others(const struct change *change, const struct chain *chain, const char *name)
{
	if (!change->kind->permits_maps)
		return false;
	for (size_t i = 0; i < chain->n_entries; i++)
		if ((!name || !strcmp(chain->entries[i].name, name)) &&
		    map_permissions_let_others(&chain->entries[i].map_permissions))
			return true;
	return false;
}

/*
 * The bpffs belongs to the machine and has pins of other programs, so xdpd does not change who may enter it.
 */
static void note_closed(const struct transaction *transaction, const struct target *target,
			struct device_result *result)
{
	const struct pin_directories *directories = &transaction->manager->directories;
	cleanup(freep) char *root = pin_directories_outside(directories, directories->map_root);
	struct stat status;
	char *sentence;

	if (!root || !lets_others(transaction->change, &target->wanted, result->name) ||
	    stat(directories->map_root, &status) < 0 || status.st_mode & 0011)
		return;
	if (asprintf(&sentence,
		     "only root can reach the pins of its maps, because only root may enter '%s'; "
		     "'chmod o+x %s' lets others in",
		     root, root) >= 0)
		reply_add_note(result, sentence);
}

static const char *why_new(const struct component *old, const struct component *component)
{
	if (old->extension != component->extension)
		return component->extension ? "the component is an extension now"
					    : "the component is no longer an extension";
	return component->has_frags ? "the chain accepts multi-buffer packets now"
				    : "the chain does not accept multi-buffer packets now";
}

/* A process that has the old map open would not notice that no program uses it any longer. */
static void note_carried(const struct target *target, struct device_result *result)
{
	const struct chain *before = &target->device->chain, *wanted = &target->wanted;

	for (size_t i = 0; i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];
		const struct entry *old = chain_find_id(before, entry->id);
		const struct component *component = entry->component;

		if (!old || !old->component || old->component == component || !component)
			continue;
		for (size_t j = 0; j < component->carried.n_items; j++) {
			char *sentence;

			if (asprintf(&sentence,
				     "map '%s' of '%s' is a new one with the same entries, because "
				     "%s; a process that has the old one open must open it again",
				     component->carried.items[j], entry->name,
				     why_new(old->component, component)) >= 0)
				reply_add_note(result, sentence);
		}
	}
}

static void note_maps(const struct transaction *transaction, const struct target *target,
		      struct device_result *result)
{
	if (target->release)
		return;
	note_sharers(target, result);
	note_closed(transaction, target, result);
	note_carried(target, result);
}

static void note_other_tracer(const struct target *target, struct device_result *result)
{
	char *sentence = other_tracers_describe_lost(target);

	if (sentence)
		reply_add_note(result, sentence);
}

/* Chains are extensions at first, but this one was fused at once. */
static void note_fused(const struct transaction *transaction, const struct target *target,
		       struct device_result *result)
{
	const struct chain *wanted = &target->wanted;
	char *sentence;

	if (!target->built || target->built->made_by->extends ||
	    !transaction->manager->linker->type->extends)
		return;
	for (size_t i = 0; i < wanted->n_entries; i++) {
		const struct component *component = wanted->entries[i].component;

		if (wanted->entries[i].parked || !component || !component->no_extension)
			continue;
		if (asprintf(&sentence,
			     "the chain is fused at once, because '%s' cannot be an extension: %s",
			     wanted->entries[i].name, component->no_extension) >= 0)
			reply_add_note(result, sentence);
		return;
	}
}

static bool had(const struct chain *before, const struct entry *entry)
{
	const struct entry *old = chain_find_id(before, entry->id);

	return old && old->component == entry->component;
}

/* A component that would be of more use as an XDP program is an extension. */
static void note_limits(const struct target *target, struct device_result *result)
{
	const struct chain *before = &target->device->chain, *wanted = &target->wanted;

	for (size_t i = 0; !target->release && i < wanted->n_entries; i++) {
		const struct entry *entry = &wanted->entries[i];
		const struct component *component = entry->parked ? NULL : entry->component;
		char *sentence;

		if (component && component->map_limit && !had(before, entry) &&
		    asprintf(&sentence, "'%s' is an extension, because %s%s; %s", entry->name,
			     target->unfused ? "the chain cannot be fused: " : "",
			     target->unfused ?: "libxdp's tools list only extensions",
			     component->map_limit) >= 0)
			reply_add_note(result, sentence);
	}
}

/* The warnings of an apply are in its plans. */
static void note_warnings(const struct transaction *transaction, struct device_result *result)
{
	for (size_t i = 0; !transaction->result.n_plans && i < transaction->warnings.n_items; i++) {
		char *sentence;

		if (asprintf(&sentence, "warning: %s", transaction->warnings.items[i]) >= 0)
			reply_add_note(result, sentence);
	}
}

void reply_end(struct transaction *transaction)
{
	bool may_be_traced = other_tracers_may_be_lost(transaction);

	for (size_t i = 0; i < transaction->result.n_devices; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];
		const struct attachment *attachment = target->attachment
							      ?: target->device->attachment;

		if (!target->ifindex && !target->release)
			note_absent(target->device, result);
		if (target->config.suspended && target->device->config.suspended &&
		    !target->release)
			reply_add_note(result, suspend_note(target->ifname));
		note_bypass(target, result);
		note_maps(transaction, target, result);
		note_warnings(transaction, result);
		if (may_be_traced)
			note_other_tracer(target, result);
		note_fused(transaction, target, result);
		note_limits(target, result);
		if (target->lost_redirects && !target->release)
			reply_add_note(result, strdup(target->lost_redirects));
		if (!attachment || target->release)
			continue;
		result->mode = attachment->mode;
		if (target->swapped && attachment->fell_back)
			reply_add_note(result, strdup(ATTACHMENT_FELL_BACK));
		else if (transaction->change->kind->note)
			reply_add_note(result, transaction->change->kind->note(target));
		else if (target->unlisted)
			reply_add_note(result, strdup(target->unlisted));
	}
}
