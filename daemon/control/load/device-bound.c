#include "daemon/control/load/device-bound.h"

#include "base/cleanup.h"
#include "daemon/control/load/load.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/state/rollback.h"

#include <string.h>

/* A link would take another program in whatever mode it is (bpf_xdp_link_update()). */
static int check_mode(const struct target *target, const char *name, struct error *error)
{
	const struct attachment *attachment = target->device->attachment;
	enum xdp_mode mode = attachment ? attachment->mode : target->mode;

	if (mode != MODE_SKB)
		return 0;
	return error_set(
		error, ERROR_MODE_MISMATCH, -EINVAL,
		"'%s' cannot be bound to %s, which runs in skb mode; binding needs native mode",
		name, target->ifname);
}

static int check(const struct manager *manager, const struct target *target,
		 const struct component_spec *spec, struct error *error)
{
	if (!manager->linker->binds)
		return error_set(
			error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
			"'%s' cannot be bound to a device: this kernel has no device-bound XDP "
			"programs (Linux 6.3 or newer has them); see 'xdpctl features'",
			spec->program);
	if (!target->ifindex)
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "'%s' cannot be bound to %s, which does not exist at present",
				 spec->program, target->ifname);
	return check_mode(target, spec->program, error);
}

int device_bound_options(const struct manager *manager, const struct target *target,
			 struct load_options *options, struct netns_visit *visit,
			 struct error *error)
{
	int result = 0;

	if (!options->spec->devbound)
		return 0;
	result = check(manager, target, options->spec, error);
	if (result < 0)
		return result;
	options->bound_to = target->ifindex;
	options->frags &= manager->linker->binds_frags;
	return netns_enter(target->netns, visit, error);
}

int device_bound_blueprint(const struct target *target, struct blueprint *blueprint,
			   struct netns_visit *visit, struct error *error)
{
	const struct entry *bound = chain_find_bound(&target->wanted);
	int result = bound ? check_mode(target, bound->name, error) : 0;

	if (!bound || result < 0)
		return result;
	blueprint->bound_to = target->ifindex;
	return netns_enter(target->netns, visit, error);
}

/* Was it loaded before, for whatever the device was then? */
static bool is_old(const struct device *device, const struct component *component)
{
	const struct rollback *rollback = device->rollback;

	return chain_find_loaded(&device->chain, component->id) == component ||
	       (rollback && chain_find_loaded(&rollback->chain, component->id) == component);
}

static int fail(struct entry *entry, const struct error *why, struct error *error)
{
	component_release(&entry->component);
	free(entry->failure);
	entry->failure = strdup(why->message ?: "out of memory");
	return entry->failure ? 0 : error_memory(error);
}

static int renew(const struct transaction *transaction, const struct target *target,
		 struct entry *entry, struct error *error)
{
	const struct map_reuse_options reuse = {};
	cleanup(component_spec_done) struct component_spec spec = {};

	return component_spec_copy(&entry->spec, &spec, error)
		       ?: load_successor(transaction, target, entry, &spec, NULL, reuse, error);
}

/*
 * A binding ends with its device, and the kernel tells nobody. Where we are attached still it is the same
 * device, whatever its name; where we are not it may be another one of that name.
 */
int rebind(struct transaction *transaction, struct target *target)
{
	struct error *error = &transaction->error;

	for (size_t i = 0; !target->device->attachment && i < target->wanted.n_entries; i++) {
		struct entry *entry = &target->wanted.entries[i];
		cleanup(error_done) struct error why = {};
		int result;

		if (!entry->spec.devbound || !entry->component || entry->parked ||
		    !is_old(target->device, entry->component))
			continue;
		result = renew(transaction, target, entry, &why);
		if (result < 0 && transaction->kind != TRANSACTION_CHANGE)
			result = fail(entry, &why, error);
		else if (result < 0)
			error_move(error, &why);
		if (result < 0)
			return result;
	}
	return 0;
}
