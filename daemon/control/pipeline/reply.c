#define _GNU_SOURCE
#include "daemon/control/pipeline/reply.h"

#include "base/cleanup.h"
#include "daemon/chain/bypass.h"
#include "daemon/control/edit/adopt.h"
#include "daemon/control/edit/relink.h"
#include "daemon/control/pipeline/map-notes.h"

#include <stdio.h>
#include <string.h>

/* Of the component that the change is about; NULL: all of them. */
static const char *component_name(const struct transaction *transaction)
{
	const struct change *change = transaction->change;

	switch (change->kind) {
	case CHANGE_ATTACH:
		return change->attach.component.name ?: transaction->bundles[0].choice.name;
	case CHANGE_DETACH:
		return change->detach.name;
	case CHANGE_REPLACE:
		return change->replace.name;
	case CHANGE_MOVE:
		return change->move.name;
	case CHANGE_SET_POLICY:
		return transaction->bundles[0].choice.name;
	case CHANGE_CLEAR_POLICY:
		return transaction->targets[0].device->chain.policy->name;
	case CHANGE_INTEROP:
	case CHANGE_APPLY:
	case CHANGE_ADOPT:
	case CHANGE_CONFIRM:
	case CHANGE_REVERT:
	case CHANGE_RELINK:
	case CHANGE_VERIFY:
	case CHANGE_TEST:
		return NULL;
	}
	return NULL;
}

/* Of all that the change is about on the target; to be freed. */
static char *target_names(const struct transaction *transaction, const struct target *target)
{
	const char *name = component_name(transaction);

	if (transaction->change->kind == CHANGE_RELINK)
		return relink_names(transaction, target);
	return name ? strdup(name) : NULL;
}

int reply_begin(struct transaction *transaction, size_t n_devices)
{
	for (size_t i = 0; i < n_devices; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];

		transaction->result.n_devices = i + 1;
		result->number = target->device->number;
		result->ifindex = target->ifindex;
		result->ifname = strdup(target->ifname);
		result->name = target_names(transaction, target);
		result->generation = target->release ? target->device->generation
						     : target->generation;
		if (!result->ifname || (component_name(transaction) && !result->name))
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

/* Packets can get past what was just put behind somebody, and nobody would notice. */
static void note_bypass(const struct transaction *transaction, const struct target *target,
			struct device_result *result)
{
	const struct chain *chain = &target->wanted;
	const struct entry *changed = result->name ? chain_find(chain, result->name) : NULL;
	char *sentence = NULL;

	if (!changed || transaction->change->kind == CHANGE_DETACH || target->release)
		return;
	for (size_t i = 0; !sentence && i <= (size_t)(changed - chain->entries); i++)
		bypass_describe(chain, i, &sentence, NULL);
	if (sentence)
		reply_add_note(result, sentence);
}

/* Nowhere to be found, or there, and unable to run what was wanted so far. */
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

void reply_end(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->result.n_devices; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];
		const struct attachment *attachment = target->attachment
							      ?: target->device->attachment;

		if (!target->ifindex && !target->release)
			note_absent(target->device, result);
		note_bypass(transaction, target, result);
		reply_add_map_notes(transaction, target, result);
		if (!attachment || target->release)
			continue;
		result->mode = attachment->mode;
		if (target->swapped && attachment->fell_back)
			reply_add_note(result, strdup(ATTACHMENT_FELL_BACK));
		else if (transaction->change->kind == CHANGE_ADOPT)
			reply_add_note(result, adopt_note(target));
		else if (target->unlisted)
			reply_add_note(result, strdup(target->unlisted));
	}
}
