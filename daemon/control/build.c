/*
 * The part of a transaction that the worker does before anything is committed: what is wanted, what
 * realises it, and the swap, or all of it undone.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/crash.h"
#include "daemon/control/adopt.h"
#include "daemon/control/confirm.h"
#include "daemon/control/edit.h"
#include "daemon/control/interop.h"
#include "daemon/control/refuser.h"
#include "daemon/control/relink.h"
#include "daemon/control/reload.h"
#include "daemon/control/saving.h"
#include "daemon/control/transaction.h"
#include "daemon/control/verify.h"
#include "daemon/kernel/device.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* The largest packet that every driver takes in one buffer of a page. */
#define ONE_BUFFER_MTU 1500

/* A device that is not ours yet. */
static int new_device(struct transaction *transaction, const struct change_device *asked,
		      struct target *target)
{
	struct workshop *workshop = transaction->workshop;
	const char *path = asked->netns;
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return error_memory(&transaction->error);
	target->device = device;
	target->is_new = true;
	device->number = ++workshop->last_number;
	device->ifindex = target->ifindex;
	device->mode = asked->mode;
	device->attach_type = workshop->linker->attach_type;
	device->netns_path = path ? strdup(path) : NULL;
	if (path && !device->netns_path)
		return error_memory(&transaction->error);
	if (!if_indextoname(target->ifindex, device->ifname)) /* target->ifname may be another */
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "the device %s went away", target->ifname);
	return 0;
}

/*
 * Finds the device that is meant, in the namespace that we are in; an absent one is known by its name
 * alone. `netns` is NULL if there is no such namespace, for the reason that is in the error then.
 */
static int find_target(struct transaction *transaction, const struct change_device *asked,
		       struct netns *netns, struct target *target)
{
	const struct registry *registry = &transaction->workshop->registry;
	struct device *absent = registry_find_absent(registry, asked->netns, asked->ifname);
	int result = netns ? 0 : -ENOENT;

	if (netns)
		result = device_find(asked->ifname, &target->ifindex,
				     absent ? NULL : &transaction->error);
	if (result < 0 && !absent)
		return result;
	target->device = result < 0 ? NULL : registry_find(registry, netns, target->ifindex);
	if (!target->device)
		target->device = absent; /* or it is there, and could not be attached to */
	if (!target->device)
		return new_device(transaction, asked, target);
	target->ifindex = target->device->ifindex;
	return 0;
}

/* Devices of one path are in one namespace, whatever becomes of the path meanwhile. */
static int get_netns(const struct transaction *transaction, size_t number, const char *path,
		     struct netns **ret, struct error *error)
{
	for (size_t i = 0; i < number; i++) {
		struct netns *netns = transaction->targets[i].netns;

		if (netns && same_netns(change_device(transaction->change, i).netns, path)) {
			*ret = (struct netns *)node_hold(&netns->node);
			return 0;
		}
	}
	return workshop_get_netns(transaction->workshop, path, ret, error);
}

static int check_only_once(struct transaction *transaction, size_t number)
{
	const struct target *targets = transaction->targets;

	for (size_t i = 0; i < number; i++)
		if (targets[i].device == targets[number].device ||
		    (targets[number].ifindex && targets[i].ifindex == targets[number].ifindex &&
		     targets[i].netns->id == targets[number].netns->id))
			return error_set(&transaction->error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "%s and %s are the same device", targets[i].ifname,
					 targets[number].ifname);
	return 0;
}

/* A namespace that is not there is none to refuse for, if its devices are known. */
static int find_targets(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->change->n_devices; i++) {
		const struct change_device asked = change_device(transaction->change, i);
		cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
		cleanup(error_done) struct error missing = {};
		struct target *target = &transaction->targets[i];

		*target = (struct target){ .ifname = asked.ifname };
		transaction->n_targets = i + 1;
		if (get_netns(transaction, i, asked.netns, &target->netns, &missing) == 0)
			result = netns_enter(target->netns, &visit, &transaction->error);
		if (result == 0)
			result = find_target(transaction, &asked, target->netns, target);
		if (result < 0 && !target->netns)
			error_move(&transaction->error, &missing);
		if (result == 0)
			result = check_only_once(transaction, i);
	}
	return result;
}

/* The components that can run, in order. */
static int place(struct transaction *transaction, const struct target *target,
		 struct blueprint *blueprint, struct placement *placements)
{
	for (size_t i = 0; i < target->wanted.n_entries; i++) {
		const struct entry *entry = &target->wanted.entries[i];
		struct component *component = entry->component;
		int result = 0;

		if (entry->parked || (!component && entry->on_failure == ON_FAILURE_SKIP))
			continue;
		if (!component)
			result = refuser_get(transaction->workshop, target->device->attach_type,
					     &component, &transaction->error);
		if (result < 0)
			return result;
		placements[blueprint->n_placements++] = (struct placement){
			.id = entry->id,
			.name = entry->name,
			.component = component,
			.priority = entry->priority,
			.proceed = entry->proceed,
			.forbidden = entry->component ? entry->forbidden : 0,
		};
	}
	return 0;
}

/* A rootlet of the user's own, if one is wanted. Nothing else can take its place. */
static int place_policy(struct transaction *transaction, const struct target *target,
			struct blueprint *blueprint)
{
	const struct entry *policy = target->wanted.policy;

	blueprint->policy = policy ? policy->component : NULL;
	if (!policy || policy->component)
		return 0;
	return error_set(&transaction->error, ERROR_BAD_STATE, -ENODATA,
			 "its policy '%s' cannot be loaded: %s", policy->name,
			 policy->failure ?: "its object is not known");
}

static bool ends_with_tail_call(const struct chain *chain)
{
	const struct entry *last = chain_last(chain);

	return last && last->component && last->component->tail_fd >= 0;
}

/*
 * The device's is what its extensions link into. As one program they need none, and the linker's own
 * is what fits to their program arrays; but links and programs that are jumped to compare it, too.
 */
static enum bpf_attach_type choose_attach_type(const struct transaction *transaction,
					       const struct target *target)
{
	const struct device *device = target->device;

	if (transaction->kind != TRANSACTION_SETTLE || !device->attachment ||
	    device->attachment->fd >= 0 || ends_with_tail_call(&target->wanted))
		return device->attach_type;
	return transaction->workshop->linker->attach_type;
}

static void note_unlisted(struct target *target, const struct error *why)
{
	free(target->unlisted);
	if (asprintf(&target->unlisted, "libxdp's tools do not list it: %s",
		     why->message ?: "out of memory") < 0)
		target->unlisted = NULL;
}

/*
 * Whoever asks for it gets a refusal if it cannot be; later on, after another start or on another
 * kernel, it does not stand in the way of the chain.
 */
static void choose_listing(const struct transaction *transaction, struct target *target,
			   struct blueprint *blueprint)
{
	const struct workshop *workshop = transaction->workshop;
	cleanup(error_done) struct error why = {};

	if (!target->interop || !blueprint->n_placements)
		return;
	if (interop_check_place(workshop, &why) < 0) {
		note_unlisted(target, &why);
		return;
	}
	blueprint->listed_in = workshop->places.dispatchers;
	blueprint->listed_as = target->ifindex;
}

static int build_generation(struct transaction *transaction, struct target *target)
{
	const struct workshop *workshop = transaction->workshop;
	const struct linker_type *type = workshop->linker->type;
	struct placement placements[ROOTLET_SLOTS];
	struct blueprint blueprint = {
		.device = target->device->number,
		.generation = target->generation,
		.placements = placements,
		.attach_type = choose_attach_type(transaction, target),
		.pin_directory = workshop->places.generations,
	};
	int result = place_policy(transaction, target, &blueprint)
			     ?: place(transaction, target, &blueprint, placements);

	if (result < 0)
		return result;
	if (transaction->kind == TRANSACTION_SETTLE)
		return type->settle(workshop->linker, &blueprint, &target->built,
				    &transaction->error);
	choose_listing(transaction, target, &blueprint);
	result = type->build(workshop->linker, &blueprint, &target->built, &transaction->error);
	if (result == 0 || !blueprint.listed_in || transaction->kind == TRANSACTION_CHANGE)
		return result;
	note_unlisted(target, &transaction->error);
	error_done(&transaction->error);
	blueprint.listed_in = NULL;
	return type->build(workshop->linker, &blueprint, &target->built, &transaction->error);
}

/* Drivers refuse a program for single buffers on a large MTU; says which component it is. */
static void explain_refusal(const struct target *target, struct error *error)
{
	unsigned int mtu = device_mtu(target->ifname);

	if (error->id != ERROR_DEVICE_REFUSED || mtu <= ONE_BUFFER_MTU)
		return;
	for (size_t i = 0; chain_nth(&target->wanted, i); i++) {
		const struct entry *entry = chain_nth(&target->wanted, i);

		if (!entry->parked && entry->component && !entry->component->frags) {
			error_prefix(error,
				     "'%s' takes no packets in several buffers (its section is not "
				     "xdp.frags), and the MTU is %u: ",
				     entry->name, mtu);
			return;
		}
	}
}

static int swap_target(struct transaction *transaction, struct target *target)
{
	const struct device *device = target->device;
	struct error *error = &transaction->error;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int program_fd = target->built->rootlet->fd;
	char name[32];
	int result = netns_enter(target->netns, &visit, error);

	if (result < 0)
		return result;
	snprintf(name, sizeof(name), "%" PRIu64, device->number);
	if (device->attachment)
		result = attachment_update(device->attachment, program_fd,
					   device->live ? device->live->rootlet->fd : -1,
					   target->ifname, error);
	else if (target->attachment)
		result = attachment_update(target->attachment, program_fd, -1, target->ifname,
					   error);
	else
		result = attachment_new(program_fd, target->ifindex, target->ifname, device->mode,
					transaction->workshop->places.devices, name,
					&target->attachment, error);
	if (result == 0)
		target->swapped = true;
	else
		explain_refusal(target, error);
	return result;
}

/* Those that were swapped already run again what they ran before. */
static void swap_back(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct target *target = &transaction->targets[i];

		if (target->attachment)
			attachment_drop(&target->attachment);
		else if (target->swapped && target->device->live)
			attachment_update(target->device->attachment,
					  target->device->live->rootlet->fd,
					  target->built->rootlet->fd, target->ifname, NULL);
		target->swapped = false;
	}
}

static int abandoned(struct transaction *transaction)
{
	if (!atomic_load(&transaction->abandoned))
		return 0;
	return error_set(&transaction->error, ERROR_INTERNAL, -ECANCELED,
			 "it is not wanted any more");
}

/* Of the component that the change is about; NULL: all of them. */
static const char *component_name(const struct transaction *transaction)
{
	const struct change *change = transaction->change;

	switch (change->kind) {
	case CHANGE_ATTACH:
		return change->attach.component.name ?: transaction->deliveries[0].choice.name;
	case CHANGE_DETACH:
		return change->detach.name;
	case CHANGE_REPLACE:
		return change->replace.name;
	case CHANGE_MOVE:
		return change->move.name;
	case CHANGE_SET_POLICY:
		return transaction->deliveries[0].choice.name;
	case CHANGE_CLEAR_POLICY:
		return transaction->targets[0].device->chain.policy->name;
	case CHANGE_INTEROP:
	case CHANGE_APPLY:
	case CHANGE_ADOPT:
	case CHANGE_CONFIRM:
	case CHANGE_REVERT:
	case CHANGE_RELINK:
	case CHANGE_VERIFY:
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

/* Of the first devices, which the change is about; others only wait with them to be confirmed. */
static int fill_result(struct transaction *transaction, size_t n_devices)
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

/* Takes the sentence, or NULL. Without memory the note is missing, no more. */
static void add_note(struct device_result *result, char *sentence)
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
	const struct entry *passer, *missed;
	char *sentence;

	if (transaction->change->kind == CHANGE_DETACH || !result->name || target->release ||
	    !chain_find_bypass(&target->wanted, result->name, &passer, &missed))
		return;
	if (asprintf(&sentence,
		     "what '%s' passes does not reach '%s': pass is not in its proceed set",
		     passer->name, missed->name) >= 0)
		add_note(result, sentence);
}

/* Only known when the driver has answered. */
static void note_modes(struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->result.n_devices; i++) {
		const struct target *target = &transaction->targets[i];
		struct device_result *result = &transaction->result.devices[i];
		const struct attachment *attachment = target->attachment
							      ?: target->device->attachment;

		if (!target->ifindex && !target->release)
			add_note(result, strdup("there is no such device now; the chain will run "
						"as soon as there is"));
		note_bypass(transaction, target, result);
		if (!attachment || target->release)
			continue;
		result->mode = attachment->mode;
		if (target->swapped && attachment->fell_back)
			add_note(result, strdup(ATTACHMENT_FELL_BACK));
		else if (transaction->change->kind == CHANGE_ADOPT)
			add_note(result, adopt_note(target));
		else if (target->unlisted)
			add_note(result, strdup(target->unlisted));
	}
}

/* The devices that the change is of. */
static int find(struct transaction *transaction)
{
	switch (transaction->change->kind) {
	case CHANGE_CONFIRM:
	case CHANGE_REVERT:
		return confirm_find(transaction);
	case CHANGE_RELINK:
		return relink_find(transaction);
	default:
		return find_targets(transaction);
	}
}

static int plan_change(struct transaction *transaction)
{
	int result = find(transaction);
	size_t n_devices = transaction->n_targets;

	if (result == 0)
		result = transaction_edit(transaction);
	return result < 0 ? result : fill_result(transaction, n_devices);
}

/* Of the other kinds: the device is still ours, and its chain is wanted as it is. */
static int find_device(struct transaction *transaction)
{
	const struct registry *registry = &transaction->workshop->registry;
	struct target *target = &transaction->targets[0];
	struct device *device = registry_find_number(registry, transaction->number);

	if (!device)
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "%s was given up", transaction->ifname);
	transaction->n_targets = 1;
	*target = (struct target){
		.ifname = transaction->ifname,
		.ifindex = device->ifindex,
		.device = device,
		.generation = device->generation,
		.interop = device->interop,
	};
	if (device->netns)
		target->netns = (struct netns *)node_hold(&device->netns->node);
	return chain_copy(&device->chain, &target->wanted, &transaction->error);
}

/* Where the device is, and what it is called; an ifindex of 0 if it is nowhere. */
static int locate(struct transaction *transaction, struct target *target)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	int result = 0;

	if (!target->netns && workshop_get_netns(transaction->workshop, target->device->netns_path,
						 &target->netns, NULL) < 0)
		return 0;
	result = netns_enter(target->netns, &visit, &transaction->error);
	if (result < 0)
		return result;
	if (!target->ifindex)
		target->ifindex = device_locate(target->device);
	if (target->ifindex)
		if_indextoname(target->ifindex, transaction->ifname); /* else it just went away */
	return 0;
}

/* The device may have come, or have another name; and something may still have to be loaded. */
static int plan_realising(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];
	bool loaded = false;
	int result = find_device(transaction);

	if (result == 0)
		result = locate(transaction, target);
	if (result == 0)
		result = reload_missing(transaction, target, &loaded);
	if (result < 0)
		return result;
	target->stays = !target->ifindex || (target->device->live && !loaded) ||
			device_is_released(target->device);
	target->generation += !target->stays;
	return 0;
}

/* A namespace whose name is gone is let go with its devices. */
static int plan_leaving(struct transaction *transaction)
{
	struct target *target = &transaction->targets[0];
	int result = find_device(transaction);

	target->ifindex = 0;
	if (target->netns && !netns_is_named(target->netns))
		netns_release(&target->netns);
	return result;
}

static int plan(struct transaction *transaction)
{
	switch (transaction->kind) {
	case TRANSACTION_CHANGE:
		return plan_change(transaction);
	case TRANSACTION_SETTLE:
	case TRANSACTION_LOST:
		return find_device(transaction);
	case TRANSACTION_REALISE:
		return plan_realising(transaction);
	case TRANSACTION_GONE:
		return plan_leaving(transaction);
	}
	return -EINVAL;
}

static bool builds(const struct target *target)
{
	return target->ifindex && !target->release && !target->stays;
}

static int build_all(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++) {
		if (builds(&transaction->targets[i]))
			result = build_generation(transaction, &transaction->targets[i]);
		crash_point("build");
		if (result == 0)
			result = abandoned(transaction);
	}
	return result;
}

static int swap_all(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->n_targets; i++)
		if (builds(&transaction->targets[i]))
			result = swap_target(transaction, &transaction->targets[i]);
	if (result < 0)
		swap_back(transaction);
	return result;
}

/* A record may be on the disk already when saving it fails. */
static int save_and_swap(struct transaction *transaction)
{
	int result = saving_begin(transaction);

	if (result == 0)
		result = swap_all(transaction);
	if (result < 0)
		saving_undo(transaction);
	return result;
}

static bool is_rehearsal(const struct transaction *transaction)
{
	return transaction->kind == TRANSACTION_CHANGE && change_is_rehearsal(transaction->change);
}

/* It could be done; nothing is left of it but what is to be said about it. */
static void end_rehearsal(struct transaction *transaction)
{
	crash_point("rehearsal");
	transaction_undo(transaction);
	transaction->n_targets = 0;
	while (transaction->result.n_devices > 0)
		device_result_done(&transaction->result.devices[--transaction->result.n_devices]);
}

void transaction_build(struct transaction *transaction)
{
	int result;

	if (transaction->kind == TRANSACTION_CHANGE && transaction->change->kind == CHANGE_VERIFY) {
		verify_run(transaction->workshop, transaction->change->verify.repair,
			   &transaction->result, &transaction->error);
		return;
	}
	result = plan(transaction);
	if (result == 0 && transaction_only_lets_go(transaction))
		return;
	if (result == 0)
		result = build_all(transaction);
	if (result == 0 && is_rehearsal(transaction)) {
		end_rehearsal(transaction);
		return;
	}
	for (size_t i = 0; result == 0 && i < transaction->n_deliveries; i++)
		result = delivery_keep(&transaction->deliveries[i], transaction->workshop->store,
				       &transaction->error);
	confirm_start(transaction);
	if (result == 0)
		result = save_and_swap(transaction);
	if (result == 0 && transaction->kind == TRANSACTION_CHANGE)
		note_modes(transaction);
	if (result < 0)
		transaction_undo(transaction);
}
