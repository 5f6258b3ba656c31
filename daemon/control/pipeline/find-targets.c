// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pipeline/find-targets.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/netdev.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <string.h>

/* Records the name by which a device that does not exist yet will be found when it appears. */
static int set_absent_name(struct transaction *transaction, const char *ifname,
			   struct device *device)
{
	if (!*ifname || strlen(ifname) >= IF_NAMESIZE || strpbrk(ifname, "/: \t\n") ||
	    !strcmp(ifname, ".") || !strcmp(ifname, ".."))
		return error_set(&transaction->error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "a network device cannot have the name '%s'", ifname);
	strcpy(device->ifname, ifname);
	return 0;
}

/* Makes a device that xdpd does not manage yet; it may not exist. */
static int new_device(struct transaction *transaction, const struct change_device *asked,
		      struct target *target)
{
	struct manager *manager = transaction->manager;
	const char *path = asked->netns;
	struct device *device = calloc(1, sizeof(*device));

	if (!device)
		return error_memory(&transaction->error);
	target->device = device;
	target->is_new = true;
	device->number = ++manager->last_number;
	device->ifindex = target->ifindex;
	device->attach_type = manager->linker->attach_type;
	device->netns_path = path ? strdup(path) : NULL;
	if (path && !device->netns_path)
		return error_memory(&transaction->error);
	if (!target->ifindex)
		return set_absent_name(transaction, asked->ifname, device);
	/* The client may have used an alternative name. */
	if (!if_indextoname(target->ifindex, device->ifname))
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "device %s disappeared", target->ifname);
	return 0;
}

/* May the change name a device, or a namespace, that does not exist? */
static bool may_be_absent(const struct transaction *transaction, int result)
{
	const struct change *change = transaction->change;

	return change->allow_absent && (result == -ENODEV || result == -ENOENT);
}

static void explain_missing(struct transaction *transaction, const struct netns *netns)
{
	struct error *error = &transaction->error;

	if (netns && netns->path)
		error_append(error, " in the network namespace '%s'", netns->path);
	if (transaction->change->offers_absent && error->id == ERROR_NO_SUCH_DEVICE)
		error_append(error, "; with --allow-absent its chain waits for it");
}

/*
 * Finds the named device in the namespace that we are in; an absent device is known by its name alone.
 * `netns` is NULL if the namespace does not exist; the error has the reason.
 */
static int find_target(struct transaction *transaction, const struct change_device *asked,
		       struct netns *netns, struct target *target)
{
	const struct registry *registry = &transaction->manager->registry;
	struct device *absent = registry_find_absent(registry, asked->netns, asked->ifname);
	int result = netns ? 0 : -ENOENT;

	if (netns)
		result = netdev_find(
			asked->ifname, &target->ifindex,
			absent || may_be_absent(transaction, -ENODEV) ? NULL : &transaction->error);
	if (result < 0 && !absent && !may_be_absent(transaction, result)) {
		explain_missing(transaction, netns);
		return result;
	}
	target->device = result < 0 ? NULL : registry_find(registry, netns, target->ifindex);
	if (!target->device)
		/* It does not exist, or exists and could not be attached. */
		target->device = absent;
	if (!target->device && registry_find_named(registry, asked->netns, asked->ifname))
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "the name %s has just passed to another device; retry",
				 target->ifname);
	if (!target->device)
		return new_device(transaction, asked, target);
	target->ifindex = target->device->ifindex;
	return 0;
}

/*
 * Devices with the same path are in the same namespace, even if the path leads elsewhere meanwhile.
 */
static int get_netns(const struct transaction *transaction, size_t number, const char *path,
		     struct netns **ret, struct error *error)
{
	for (size_t i = 0; i < number; i++) {
		struct netns *netns = transaction->targets[i].netns;

		if (netns && same_netns(transaction->change->devices[i].netns, path)) {
			*ret = (struct netns *)node_hold(&netns->node);
			return 0;
		}
	}
	return manager_get_netns(transaction->manager, path, ret, error);
}

static bool is_same_absent(const struct target *one, const struct target *other)
{
	return !one->ifindex && !other->ifindex &&
	       !strcmp(one->device->ifname, other->device->ifname) &&
	       same_netns(one->device->netns_path, other->device->netns_path);
}

static int check_only_once(struct transaction *transaction, size_t number)
{
	const struct target *targets = transaction->targets;

	for (size_t i = 0; i < number; i++)
		if (targets[i].device == targets[number].device ||
		    is_same_absent(&targets[i], &targets[number]) ||
		    (targets[number].ifindex && targets[i].ifindex == targets[number].ifindex &&
		     targets[i].netns->id == targets[number].netns->id))
			return error_set(&transaction->error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "%s and %s are the same device", targets[i].ifname,
					 targets[number].ifname);
	return 0;
}

/* A missing namespace is no reason to refuse the change if xdpd knows the devices. */
static int find_named(struct transaction *transaction)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < transaction->change->n_devices; i++) {
		const struct change_device *asked = &transaction->change->devices[i];
		cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
		cleanup(error_done) struct error missing = {};
		struct target *target = &transaction->targets[i];

		*target = (struct target){ .ifname = asked->ifname };
		transaction->n_targets = i + 1;
		if (get_netns(transaction, i, asked->netns, &target->netns, &missing) == 0)
			result = netns_enter(target->netns, &visit, &transaction->error);
		if (result == 0)
			result = find_target(transaction, asked, target->netns, target);
		if (result == 0 && target->is_new && !target->netns && missing.number != -ENOENT)
			/* A namespace with such a path cannot appear later. */
			result = missing.number;
		if (result < 0 && !target->netns)
			error_move(&transaction->error, &missing);
		if (result == 0)
			result = check_only_once(transaction, i);
	}
	return result;
}

/*
 * For a transaction that the daemon started itself: finds the device, and keeps its wanted chain.
 */
static int find_device(struct transaction *transaction)
{
	const struct registry *registry = &transaction->manager->registry;
	struct target *target = &transaction->targets[0];
	struct device *device = registry_find_number(registry, transaction->number);

	if (!device)
		return error_set(&transaction->error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 "xdpd no longer manages %s", transaction->ifname);
	transaction->n_targets = 1;
	*target = (struct target){
		.ifname = transaction->ifname,
		.ifindex = device->ifindex,
		.device = device,
		.generation = device->generation,
	};
	if (device->netns)
		target->netns = (struct netns *)node_hold(&device->netns->node);
	return device_config_copy(&device->config, &target->config, &transaction->error)
		       ?: chain_copy(&device->chain, &target->wanted, &transaction->error);
}

static int find_more(struct transaction *transaction)
{
	const struct change_kind *kind = transaction->change->kind;

	return kind->find_more ? kind->find_more(transaction) : 0;
}

int find_targets(struct transaction *transaction)
{
	if (!transaction->change)
		return find_device(transaction);
	if (transaction->change->kind->find)
		return transaction->change->kind->find(transaction);
	return find_named(transaction) ?: find_more(transaction);
}
