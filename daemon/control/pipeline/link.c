// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pipeline/link.h"

#include "base/cleanup.h"
#include "daemon/control/edit/interop.h"
#include "daemon/control/load/device-bound.h"
#include "daemon/control/load/placements.h"
#include "daemon/control/load/rebind.h"
#include "daemon/control/load/refit.h"
#include "daemon/control/pipeline/other-tracers.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/state/device.h"

#include <stdio.h>

static bool ends_with_tail_call(const struct chain *chain)
{
	const struct entry *last = chain_last(chain);

	return last && entry_is_tail_called(last);
}

/*
 * Extensions can only be linked to the attach type of the device. A fused chain has no extensions, and the
 * linker's own type fits its program arrays; but the attach type must also match for links, and for programs
 * that are run by tail calls.
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
 * If a client asks for the listing and it is impossible, its change is refused. After a restart, or on
 * another kernel, the chain runs without the listing.
 */
static void choose_listing(const struct transaction *transaction, struct target *target,
			   struct blueprint *blueprint)
{
	const struct manager *manager = transaction->manager;
	cleanup(error_done) struct error why = {};

	if (!target->config.interop || !blueprint->n_placements || blueprint->bound_to)
		return;
	if (interop_check_place(manager, &why) < 0) {
		note_unlisted(target, &why);
		return;
	}
	blueprint->listed_in = manager->directories.dispatchers;
	blueprint->listed_as = target->ifindex;
}

/* A suspended device runs a rootlet without components; they still are loaded. */
static int place_all(struct transaction *transaction, struct target *target,
		     struct blueprint *blueprint, struct placement placements[static ROOTLET_SLOTS],
		     struct netns_visit *visit)
{
	int result = rebind(transaction, target);

	if (result < 0 || target->config.suspended)
		return result;
	return place_components(transaction, target, &target->wanted, blueprint, placements)
		       ?: device_bound_blueprint(target, blueprint, visit, &transaction->error);
}

/* Does the error say that a chain cannot be one program? */
static bool is_about_fusing(const struct error *error)
{
	static const enum error_id ids[] = { ERROR_UNSUPPORTED, ERROR_KERNEL_REFUSED,
					     ERROR_VERIFIER_REJECTED, ERROR_CHAIN_FULL };

	for (size_t i = 0; i < array_size(ids); i++)
		if (error->id == ids[i])
			return true;
	return false;
}

/*
 * A component that is of more use as an XDP program makes the linker fuse its chain at once. If that is
 * impossible, an extension is better than a refusal.
 */
static int build(struct transaction *transaction, struct target *target,
		 struct blueprint *blueprint, struct placement placements[static ROOTLET_SLOTS])
{
	struct linker *linker = transaction->manager->linker;
	struct error *error = &transaction->error;
	cleanup(error_done) struct error unfused = {};
	int result = linker->type->build(linker, blueprint, &target->built, error);

	if (result == 0 || blueprint->listed_in || !linker->type->extends ||
	    !is_about_fusing(error) || !refit_is_possible(target))
		return result;
	error_move(&unfused, error);
	result = refit_as_extensions(transaction, target, &unfused, error);
	blueprint->n_placements = 0;
	if (result == 0)
		result = place_components(transaction, target, &target->wanted, blueprint,
					  placements);
	return result < 0 ? result : linker->type->build(linker, blueprint, &target->built, error);
}

int link_describe(struct transaction *transaction, struct target *target, struct blueprint *ret,
		  struct placement placements[static ROOTLET_SLOTS], struct netns_visit *visit)
{
	*ret = (struct blueprint){
		.device = target->device->number,
		.generation = target->generation,
		.placements = placements,
		.attach_type = choose_attach_type(transaction, target),
	};
	return place_all(transaction, target, ret, placements, visit);
}

int link_generation(struct transaction *transaction, struct target *target)
{
	const struct manager *manager = transaction->manager;
	const struct linker_type *type = manager->linker->type;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	struct placement placements[ROOTLET_SLOTS];
	struct blueprint blueprint;
	int result = link_describe(transaction, target, &blueprint, placements, &visit);

	if (result < 0)
		return result;
	blueprint.pin_directory = manager->directories.generations;
	if (transaction->kind == TRANSACTION_FUSE)
		/* A tracing program is linked to one program, so it would not see the new one. */
		return other_tracers_check(target, &transaction->error)
			       ?: type->fuse(manager->linker, &blueprint, &target->built,
					     &transaction->error);
	choose_listing(transaction, target, &blueprint);
	result = build(transaction, target, &blueprint, placements);
	if (result == 0 || !blueprint.listed_in || transaction->kind == TRANSACTION_CHANGE)
		return result;
	note_unlisted(target, &transaction->error);
	error_done(&transaction->error);
	blueprint.listed_in = NULL;
	return build(transaction, target, &blueprint, placements);
}
