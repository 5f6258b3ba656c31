#define _GNU_SOURCE
#include "daemon/control/pipeline/link.h"

#include "base/cleanup.h"
#include "daemon/control/edit/interop.h"
#include "daemon/control/load/device-bound.h"
#include "daemon/control/load/drop-program.h"
#include "daemon/control/load/rebind.h"
#include "daemon/control/transaction/manager.h"

#include <stdio.h>

/* The components that can run, in order. */
static int place(struct transaction *transaction, const struct target *target,
		 const struct chain *chain, struct blueprint *blueprint,
		 struct placement *placements)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];
		struct component *component = entry->component;
		int result = 0;

		if (entry->parked || (!component && entry->on_failure == ON_FAILURE_SKIP))
			continue;
		if (!component)
			result = drop_program_get(transaction->manager, target->device->attach_type,
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
static int place_policy(struct transaction *transaction, const struct chain *chain,
			struct blueprint *blueprint)
{
	const struct entry *policy = chain->policy;

	blueprint->policy = policy ? policy->component : NULL;
	if (!policy || policy->component)
		return 0;
	return error_set(&transaction->error, ERROR_BAD_STATE, -ENODATA,
			 "policy '%s' cannot be loaded: %s", policy->name,
			 policy->failure ?: "its object is unknown");
}

int place_components(struct transaction *transaction, const struct target *target,
		     const struct chain *chain, struct blueprint *blueprint,
		     struct placement placements[static ROOTLET_SLOTS])
{
	return place_policy(transaction, chain, blueprint)
		       ?: place(transaction, target, chain, blueprint, placements);
}

static bool ends_with_tail_call(const struct chain *chain)
{
	const struct entry *last = chain_last(chain);

	return last && entry_is_tail_called(last);
}

/*
 * The device's is what its extensions link into. As one program they need none, and the linker's own
 * is what fits to their program arrays; but links and programs that are jumped to compare it, too.
 */
static enum bpf_attach_type choose_attach_type(const struct transaction *transaction,
					       const struct target *target)
{
	const struct device *device = target->device;

	if (transaction->kind != TRANSACTION_FUSE || !device->attachment ||
	    device->attachment->fd >= 0 || ends_with_tail_call(&target->wanted))
		return device->attach_type;
	return transaction->manager->linker->attach_type;
}

static void note_unlisted(struct target *target, const struct error *why)
{
	free(target->unlisted);
	if (asprintf(&target->unlisted, "not listed by libxdp's tools: %s",
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
	const struct manager *manager = transaction->manager;
	cleanup(error_done) struct error why = {};

	if (!target->interop || !blueprint->n_placements || blueprint->bound_to)
		return;
	if (interop_check_place(manager, &why) < 0) {
		note_unlisted(target, &why);
		return;
	}
	blueprint->listed_in = manager->directories.dispatchers;
	blueprint->listed_as = target->ifindex;
}

int link_generation(struct transaction *transaction, struct target *target)
{
	const struct manager *manager = transaction->manager;
	const struct linker_type *type = manager->linker->type;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	struct placement placements[ROOTLET_SLOTS];
	struct blueprint blueprint = {
		.device = target->device->number,
		.generation = target->generation,
		.placements = placements,
		.attach_type = choose_attach_type(transaction, target),
		.pin_directory = manager->directories.generations,
	};
	int result = rebind(transaction, target)
			     ?: place_components(transaction, target, &target->wanted, &blueprint,
					      placements)
			     ?: device_bound_blueprint(target, &blueprint, &visit, &transaction->error);

	if (result < 0)
		return result;
	if (transaction->kind == TRANSACTION_FUSE)
		return type->fuse(manager->linker, &blueprint, &target->built, &transaction->error);
	choose_listing(transaction, target, &blueprint);
	result = type->build(manager->linker, &blueprint, &target->built, &transaction->error);
	if (result == 0 || !blueprint.listed_in || transaction->kind == TRANSACTION_CHANGE)
		return result;
	note_unlisted(target, &transaction->error);
	error_done(&transaction->error);
	blueprint.listed_in = NULL;
	return type->build(manager->linker, &blueprint, &target->built, &transaction->error);
}
