// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/monitor/monitor.h"

#include "base/cleanup.h"
#include "daemon/control/monitor/device-order.h"
#include "daemon/control/monitor/link-queue.h"
#include "daemon/control/monitor/link-watch.h"
#include "daemon/control/monitor/netns-watch.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/netdev-match.h"
#include "daemon/kernel/netdev-stack.h"
#include "daemon/kernel/netdev.h"
#include "daemon/state/device-trouble.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

#include <stdio.h>
#include <string.h>

struct monitor {
	struct manager *manager;
	struct queue *queue;
	struct events *events;
	struct netns_watch *netns_watch;
	struct link_watch *link_watch;
	struct link_queue *links;
};

static void queue_link(struct monitor *monitor, struct device *device)
{
	link_queue_add(monitor->links, TRANSACTION_LINK, device);
}

static void let_device_go(struct monitor *monitor, struct device *device)
{
	struct transaction *transaction;

	if (device->is_leaving || transaction_new_for_device(monitor->manager, TRANSACTION_GONE,
							     device, &transaction, NULL) < 0)
		return;
	device->is_leaving = true;
	pipeline_submit(monitor->queue, transaction, NULL, NULL);
}

/* Searches for an absent device, which may have appeared again. */
static void look_for(struct monitor *monitor, struct device *device)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (device->netns && netns_enter(device->netns, &visit, NULL) == 0 && device_locate(device))
		queue_link(monitor, device);
}

/* Reports each problem only once, however often it occurs. */
static void report_trouble(struct monitor *monitor, struct device *device)
{
	cleanup(freep) char *sentence = NULL;

	if (device_is_whole(device)) {
		free(steal(device->reported));
		return;
	}
	sentence = device_trouble(device);
	if (!sentence || (device->reported && !strcmp(device->reported, sentence)))
		return;
	events_report_device(monitor->events, LOG_EVENT_NOT_RUNNING, device->ifname,
			     device->netns_path, "%s", sentence);
	free(device->reported);
	device->reported = steal(sentence);
}

/*
 * Attaches the chain again, unless it was detached too often. The sentence is logged, and is shown in the
 * device's status.
 */
static void reattach(struct monitor *monitor, struct device *device)
{
	bool again = link_watch_may_retry(monitor->link_watch, device);
	cleanup(freep) char *sentence = NULL;

	if (asprintf(&sentence, "the XDP program of %s was detached from outside xdpd; %s",
		     device->ifname,
		     again ? "xdpd attaches it again"
			   : "because this happens repeatedly, it stays off until the chain is "
			     "changed") < 0)
		sentence = NULL;
	events_report_device(monitor->events, LOG_EVENT_DETACHED, device->ifname,
			     device->netns_path, "%s", sentence ?: "out of memory");
	device->is_reattaching = again;
	if (again)
		queue_link(monitor, device);
	else
		device->failure = steal(sentence);
}

/*
 * Does the device have another name now? It may have been renamed while its name was read, and an
 * announcement in that time was not queued.
 */
static bool is_renamed(const struct device *device)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	return device->ifindex && device->netns && netns_enter(device->netns, &visit, NULL) == 0 &&
	       if_indextoname(device->ifindex, ifname) && strcmp(device->ifname, ifname) != 0;
}

/*
 * xdpd can do no more for the device, and tries again after the next announcement; or the device has just
 * lost its link.
 */
static void end_linking(struct monitor *monitor, const struct transaction *transaction)
{
	struct device *device = link_queue_end(monitor->links, transaction);
	const struct error *error = &transaction->error;

	if (!device)
		return;
	free(steal(device->failure));
	if (transaction->kind == TRANSACTION_LOST)
		reattach(monitor, device);
	else if (error->id != ERROR_NONE && error->id != ERROR_NO_SUCH_DEVICE)
		device->failure = strdup(error->message ?: "out of memory");
	if (is_renamed(device))
		queue_link(monitor, device);
	if (!device->is_queued)
		report_trouble(monitor, device);
}

/* A device with that name may have appeared meanwhile. */
static void end_leaving(struct monitor *monitor, uint64_t number)
{
	struct device *device = registry_find_number(&monitor->manager->registry, number);

	if (!device)
		return;
	device->is_leaving = false;
	if (!device->ifindex)
		look_for(monitor, device);
	if (!device->is_queued)
		report_trouble(monitor, device);
}

/* Forgets the failure of a device that could not be attached and no longer exists. */
static void forget_failure(struct monitor *monitor, struct device *device)
{
	free(steal(device->failure));
	report_trouble(monitor, device);
}

/*
 * Calls `look` for each device without an index that belongs in the namespace, inside of that namespace. Such
 * devices come first in the registry.
 */
static void each_absent(struct monitor *monitor, const struct netns *netns,
			void (*look)(struct monitor *monitor, struct device *device,
				     const void *userdata),
			const void *userdata)
{
	const struct registry *registry = &monitor->manager->registry;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (!registry->n_devices || registry->devices[0]->ifindex ||
	    netns_enter(netns, &visit, NULL) < 0)
		return;
	for (size_t i = 0; i < registry->n_devices && !registry->devices[i]->ifindex; i++)
		if (same_netns(registry->devices[i]->netns_path, netns->path))
			look(monitor, registry->devices[i], userdata);
}

/*
 * A device that could not be attached may be the one that disappeared; it has no index by which it could be
 * found.
 */
static void look_at_failed(struct monitor *monitor, struct device *device, const void *userdata)
{
	(void)userdata;
	if (device->failure && !device->is_queued && !device_locate(device))
		forget_failure(monitor, device);
}

/*
 * Tries devices again that could not be attached because of another program, if that program is gone. The
 * kernel does not announce a link that is detached, so they are checked regularly.
 */
static void retry_blocked(struct monitor *monitor)
{
	const struct registry *registry = &monitor->manager->registry;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];
		cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

		if (!device->blocked_by || device->is_queued || !device->netns ||
		    netns_enter(device->netns, &visit, NULL) < 0 ||
		    netdev_runs_xdp(device->blocked_by))
			continue;
		device->blocked_by = 0;
		if (device->ifindex ? device_is_incomplete(device) : device_locate(device) > 0)
			queue_link(monitor, device);
		else if (!device->ifindex)
			forget_failure(monitor, device);
	}
}

/* An announcement of a rename may have been missed for any device, so all names are checked. */
static void look_at_names(struct monitor *monitor)
{
	const struct registry *registry = &monitor->manager->registry;

	for (size_t i = 0; i < registry->n_devices; i++)
		if (is_renamed(registry->devices[i]))
			queue_link(monitor, registry->devices[i]);
}

void monitor_finished(struct monitor *monitor, const struct transaction *transaction)
{
	if (transaction && transaction->kind == TRANSACTION_GONE)
		end_leaving(monitor, transaction->number);
	if (transaction &&
	    (transaction->kind == TRANSACTION_LINK || transaction->kind == TRANSACTION_LOST))
		end_linking(monitor, transaction);
	if (!transaction)
		look_at_names(monitor);
	retry_blocked(monitor);
	link_queue_tell(monitor->links);
}

struct appeared {
	unsigned int ifindex;
	const char *ifname;
};

/* A device that appeared may be an absent one. */
static void queue_link_of_absent(struct monitor *monitor, struct device *device,
				 const void *userdata)
{
	const struct appeared *appeared = userdata;
	const char *match = device->config.match;

	if (match ? netdev_match_holds(match, appeared->ifindex, appeared->ifname)
		  : !strcmp(device->ifname, appeared->ifname))
		queue_link(monitor, device);
}

static void device_present(void *userdata, struct netns *netns, unsigned int ifindex,
			   const char *ifname)
{
	struct monitor *monitor = userdata;
	const struct registry *registry = &monitor->manager->registry;
	struct device *device = registry_find(registry, netns, ifindex);

	if (!device)
		each_absent(monitor, netns, queue_link_of_absent,
			    &(struct appeared){ ifindex, ifname });
	else if (strcmp(device->ifname, ifname) != 0 || device_is_incomplete(device))
		queue_link(monitor, device);
}

static void device_gone(void *userdata, struct netns *netns, unsigned int ifindex)
{
	struct monitor *monitor = userdata;
	struct device *device = registry_find(&monitor->manager->registry, netns, ifindex);

	if (device)
		let_device_go(monitor, device);
	else
		each_absent(monitor, netns, look_at_failed, NULL);
}

/* Is it a device that xdpd manages, with the name that xdpd knows? */
static void look_at(struct monitor *monitor, struct netns *netns, unsigned int ifindex)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (netns_enter(netns, &visit, NULL) < 0)
		return;
	if (if_indextoname(ifindex, ifname))
		device_present(monitor, netns, ifindex, ifname);
	else if (errno == ENXIO || errno == ENODEV)
		device_gone(monitor, netns, ifindex);
}

/*
 * The XDP link was detached from outside xdpd: its generation is released, and then the chain is attached
 * again. Or the device has disappeared, and the kernel has not announced that yet.
 */
static void device_lost(void *userdata, struct device *device)
{
	struct monitor *monitor = userdata;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (netns_enter(device->netns, &visit, NULL) < 0)
		return;
	if (if_indextoname(device->ifindex, ifname))
		link_queue_add(monitor->links, TRANSACTION_LOST, device);
	else
		let_device_go(monitor, device);
}

static void devices_lost(void *userdata)
{
	struct monitor *monitor = userdata;
	const struct registry *registry = &monitor->manager->registry;
	size_t n_places;
	cleanup(freep) struct netdev_place *places = device_order(registry, &n_places);

	for (size_t i = 0; i < n_places; i++) {
		struct device *device = registry_find_number(registry, places[i].number);

		if (device && device->ifindex)
			look_at(monitor, device->netns, device->ifindex);
		else if (device)
			look_for(monitor, device);
	}
}

/*
 * A device may have disappeared meanwhile. A device that could not run the previous chain may be able to run
 * the present one.
 */
static void look_after(struct monitor *monitor, const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->release || !target->device->netns)
			continue;
		if (target->ifindex)
			look_at(monitor, target->device->netns, target->ifindex);
		else if (transaction->kind == TRANSACTION_CHANGE)
			look_for(monitor, target->device);
	}
}

/*
 * The kernel does not announce that names of namespaces appear and disappear. A namespace without a name is
 * released, so that it can end; when the name exists again, xdpd searches for the devices.
 */
static void look_at_namespaces(void *userdata)
{
	struct monitor *monitor = userdata;
	const struct registry *registry = &monitor->manager->registry;
	const char *path = NULL;
	bool is_there = false;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (!device->netns_path || device->is_queued)
			continue;
		if (device->netns) {
			if (!netns_is_named(device->netns))
				let_device_go(monitor, device);
			continue;
		}
		if (!path || strcmp(path, device->netns_path) != 0)
			is_there = netns_exists(device->netns_path);
		path = device->netns_path;
		if (is_there)
			queue_link(monitor, device);
	}
}

/* Checks everything that changes without an announcement. */
static void look_around(void *userdata)
{
	look_at_namespaces(userdata);
	retry_blocked(userdata);
}

static bool is_idle(void *userdata)
{
	return queue_is_empty(((struct monitor *)userdata)->queue);
}

static const struct netns_watch_events netns_watch_events = {
	.present = device_present,
	.gone = device_gone,
	.lost = devices_lost,
};

static const struct link_watch_events link_watch_events = {
	.idle = is_idle,
	.lost = device_lost,
	.round = look_around,
};

int monitor_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
		struct monitor **ret, struct error *error)
{
	cleanup(monitor_drop) struct monitor *monitor = calloc(1, sizeof(*monitor));
	int result;

	if (!monitor)
		return error_memory(error);
	monitor->manager = manager;
	monitor->queue = queue;
	monitor->events = events;
	result = link_queue_new(manager, queue, &monitor->links, error);
	if (result == 0)
		result = netns_watch_new(loop, &netns_watch_events, monitor, &monitor->netns_watch,
					 error);
	if (result == 0)
		result = netns_watch_add(monitor->netns_watch, manager->home, error);
	if (result == 0)
		result = link_watch_new(loop, &manager->registry, &link_watch_events, monitor,
					&monitor->link_watch, error);
	if (result == 0)
		*ret = steal(monitor);
	return result;
}

void monitor_drop(struct monitor **p)
{
	struct monitor *monitor = steal(*p);

	if (!monitor)
		return;
	netns_watch_drop(&monitor->netns_watch);
	link_watch_drop(&monitor->link_watch);
	link_queue_drop(&monitor->links);
	free(monitor);
}

void monitor_begin(struct monitor *monitor)
{
	const struct manager *manager = monitor->manager;
	const struct registry *registry = &manager->registry;
	size_t n_places;
	cleanup(freep) struct netdev_place *places = device_order(registry, &n_places);

	netns_watch_update(monitor->netns_watch, registry, manager->home);
	for (size_t i = 0; i < n_places; i++) {
		struct device *device = registry_find_number(registry, places[i].number);

		if (device && !device->ifindex)
			look_for(monitor, device);
		else if (device && device_is_incomplete(device))
			queue_link(monitor, device);
	}
}

void monitor_report(struct monitor *monitor)
{
	const struct registry *registry = &monitor->manager->registry;

	for (size_t i = 0; i < registry->n_devices; i++)
		report_trouble(monitor, registry->devices[i]);
}

void monitor_failed(struct monitor *monitor, const struct transaction *transaction)
{
	struct device *device = registry_find_number(&monitor->manager->registry,
						     transaction->number);

	if (transaction->kind == TRANSACTION_LINK && device && transaction->n_targets == 1)
		device->blocked_by = transaction->targets[0].blocked_by;
}

void monitor_committed(struct monitor *monitor, const struct transaction *transaction)
{
	const struct manager *manager = monitor->manager;

	netns_watch_update(monitor->netns_watch, &manager->registry, manager->home);
	look_after(monitor, transaction);
}

bool monitor_is_linking(struct monitor *monitor)
{
	look_at_namespaces(monitor);
	return !link_queue_is_empty(monitor->links);
}

int monitor_when_linked(struct monitor *monitor, void (*ready)(void *userdata), void *userdata,
			struct error *error)
{
	return link_queue_when_empty(monitor->links, ready, userdata, error);
}

void monitor_forget(struct monitor *monitor, const void *userdata)
{
	link_queue_forget(monitor->links, userdata);
}
