#define _GNU_SOURCE
#include "daemon/control/monitor/monitor.h"

#include "base/cleanup.h"
#include "daemon/control/monitor/link-watch.h"
#include "daemon/control/monitor/netns-watch.h"
#include "daemon/control/recovery/recovery.h"
#include "daemon/kernel/netdev-match.h"
#include "daemon/kernel/netdev.h"

#include <stdio.h>
#include <string.h>

/* Somebody who wants to hear when all devices run what is wanted on them. */
struct waiter {
	struct waiter *next;
	void (*ready)(void *userdata);
	void *userdata;
};

struct presence {
	struct workshop *workshop;
	struct queue *queue;
	log_report report;
	struct spaces *spaces;
	struct guard *guard;
	size_t n_mending; /* transactions of that kind in the queue */
	struct waiter *waiters;
};

/* Puts what mends the device in the queue, once; requests wait for the end of it. */
static void queue_for_device(struct presence *presence, enum transaction_kind kind,
			     struct device *device)
{
	struct transaction *transaction;

	if (device->is_queued ||
	    transaction_new_for_device(presence->workshop, kind, device, &transaction, NULL) < 0)
		return;
	device->is_queued = true;
	presence->n_mending++;
	if (queue_add(presence->queue, transaction, NULL, NULL, NULL) == 0)
		return;
	device->is_queued = false;
	presence->n_mending--;
}

static void realise(struct presence *presence, struct device *device)
{
	queue_for_device(presence, TRANSACTION_REALISE, device);
}

static void let_device_go(struct presence *presence, struct device *device)
{
	struct transaction *transaction;

	if (device->is_leaving || transaction_new_for_device(presence->workshop, TRANSACTION_GONE,
							     device, &transaction, NULL) < 0)
		return;
	device->is_leaving = queue_add(presence->queue, transaction, NULL, NULL, NULL) == 0;
}

/* An absent device may have come back. */
static void look_for(struct presence *presence, struct device *device)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (device->netns && netns_enter(device->netns, &visit, NULL) == 0 && device_locate(device))
		realise(presence, device);
}

/* The sentence is for the log, and for whoever asks for the device's status. */
static void put_back(struct presence *presence, struct device *device)
{
	bool again = guard_try(presence->guard, device);
	cleanup(freep) char *sentence = NULL;

	if (asprintf(&sentence, "the XDP program of %s was detached from outside xdpd; %s",
		     device->ifname,
		     again ? "xdpd attaches it again"
			   : "because this happens repeatedly, it stays off until the chain is "
			     "changed") < 0)
		sentence = NULL;
	presence->report(LOG_EVENT_TAKEN_OFF, device->ifname, sentence ?: "out of memory");
	if (again)
		realise(presence, device);
	else
		device->failure = steal(sentence);
}

/*
 * The device is as good as it gets, and the next announcement of it is a reason to try again; or it
 * just lost its link.
 */
static void end_mending(struct presence *presence, enum transaction_kind kind, uint64_t number,
			const struct error *error)
{
	struct device *device = registry_find_number(&presence->workshop->registry, number);

	presence->n_mending--;
	if (!device)
		return;
	device->is_queued = false;
	free(steal(device->failure));
	if (kind == TRANSACTION_LOST)
		put_back(presence, device);
	else if (error->id != ERROR_NONE && error->id != ERROR_NO_SUCH_DEVICE)
		device->failure = strdup(error->message ?: "out of memory");
}

/* One of that name may have come meanwhile. */
static void end_leaving(struct presence *presence, uint64_t number)
{
	struct device *device = registry_find_number(&presence->workshop->registry, number);

	if (!device)
		return;
	device->is_leaving = false;
	if (!device->ifindex)
		look_for(presence, device);
}

/* They may ask for more, and wait again. */
static void tell_waiters(struct presence *presence)
{
	while (presence->waiters && !presence->n_mending) {
		struct waiter *waiter = presence->waiters;

		presence->waiters = waiter->next;
		waiter->ready(waiter->userdata);
		free(waiter);
	}
}

void presence_finished(struct presence *presence, enum transaction_kind kind, uint64_t number,
		       const struct error *error)
{
	if (kind == TRANSACTION_GONE)
		end_leaving(presence, number);
	if (kind == TRANSACTION_REALISE || kind == TRANSACTION_LOST)
		end_mending(presence, kind, number, error);
	tell_waiters(presence);
}

/* A device that came may be one that was absent. */
static void realise_absent(struct presence *presence, const struct netns *netns,
			   unsigned int ifindex, const char *ifname)
{
	const struct registry *registry = &presence->workshop->registry;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (!registry->n_devices || registry->devices[0]->ifindex ||
	    netns_enter(netns, &visit, NULL) < 0)
		return;
	for (size_t i = 0; i < registry->n_devices && !registry->devices[i]->ifindex; i++) {
		struct device *device = registry->devices[i];

		if (same_netns(device->netns_path, netns->path) &&
		    (device->match ? netdev_match_holds(device->match, ifindex, ifname)
				   : !strcmp(device->ifname, ifname)))
			realise(presence, device);
	}
}

static void device_present(void *userdata, struct netns *netns, unsigned int ifindex,
			   const char *ifname)
{
	struct presence *presence = userdata;
	const struct registry *registry = &presence->workshop->registry;
	struct device *device = registry_find(registry, netns, ifindex);

	if (!device)
		realise_absent(presence, netns, ifindex, ifname);
	else if (strcmp(device->ifname, ifname) != 0 || recovery_is_incomplete(device))
		realise(presence, device);
}

static void device_gone(void *userdata, struct netns *netns, unsigned int ifindex)
{
	struct presence *presence = userdata;
	struct device *device = registry_find(&presence->workshop->registry, netns, ifindex);

	if (device)
		let_device_go(presence, device);
}

/* Whether it is the device that we know, and has the name that we know. */
static void look_at(struct presence *presence, struct netns *netns, unsigned int ifindex)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (netns_enter(netns, &visit, NULL) < 0)
		return;
	if (if_indextoname(ifindex, ifname))
		device_present(presence, netns, ifindex, ifname);
	else if (errno == ENXIO || errno == ENODEV)
		device_gone(presence, netns, ifindex);
}

/*
 * Somebody took our link off; what it held is let go, and then the chain is put back. Or the device is
 * gone, and we have not heard of it yet.
 */
static void device_lost(void *userdata, struct device *device)
{
	struct presence *presence = userdata;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (netns_enter(device->netns, &visit, NULL) < 0)
		return;
	if (if_indextoname(device->ifindex, ifname))
		queue_for_device(presence, TRANSACTION_LOST, device);
	else
		let_device_go(presence, device);
}

static void devices_lost(void *userdata)
{
	struct presence *presence = userdata;
	const struct registry *registry = &presence->workshop->registry;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->ifindex)
			look_at(presence, device->netns, device->ifindex);
		else
			look_for(presence, device);
	}
}

/*
 * A device may have gone meanwhile; and one that is there, and could not run what was wanted on it, may
 * run what is wanted now.
 */
static void look_after(struct presence *presence, const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->release || !target->device->netns)
			continue;
		if (target->ifindex)
			look_at(presence, target->device->netns, target->ifindex);
		else if (transaction->kind == TRANSACTION_CHANGE)
			look_for(presence, target->device);
	}
}

/*
 * Namespaces come and go by name, which nobody announces: one that lost its name is let go, so that it
 * can end; of one that has it again the devices are looked for.
 */
static void look_at_spaces(void *userdata)
{
	struct presence *presence = userdata;
	const struct registry *registry = &presence->workshop->registry;
	const char *path = NULL;
	bool is_there = false;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (!device->netns_path || device->is_queued)
			continue;
		if (device->netns && !netns_is_named(device->netns)) {
			let_device_go(presence, device);
			continue;
		}
		if (!path || strcmp(path, device->netns_path) != 0)
			is_there = netns_exists(device->netns_path);
		path = device->netns_path;
		if (!device->netns && is_there)
			realise(presence, device);
	}
}

static bool is_idle(void *userdata)
{
	return queue_is_empty(((struct presence *)userdata)->queue);
}

static const struct spaces_events spaces_events = {
	.present = device_present,
	.gone = device_gone,
	.lost = devices_lost,
};

static const struct guard_events guard_events = {
	.idle = is_idle,
	.lost = device_lost,
	.round = look_at_spaces,
};

int presence_new(sd_event *loop, struct workshop *workshop, struct queue *queue, log_report report,
		 struct presence **ret, struct error *error)
{
	cleanup(presence_drop) struct presence *presence = calloc(1, sizeof(*presence));
	int result;

	if (!presence)
		return error_memory(error);
	presence->workshop = workshop;
	presence->queue = queue;
	presence->report = report;
	result = spaces_new(loop, &spaces_events, presence, &presence->spaces, error);
	if (result == 0)
		result = spaces_watch(presence->spaces, workshop->home, error);
	if (result == 0)
		result = guard_new(loop, &workshop->registry, &guard_events, presence,
				   &presence->guard, error);
	if (result == 0)
		*ret = steal(presence);
	return result;
}

void presence_drop(struct presence **p)
{
	struct presence *presence = steal(*p);

	if (!presence)
		return;
	spaces_drop(&presence->spaces);
	guard_drop(&presence->guard);
	while (presence->waiters) {
		struct waiter *waiter = presence->waiters;

		presence->waiters = waiter->next;
		free(waiter);
	}
	free(presence);
}

void presence_begin(struct presence *presence)
{
	const struct workshop *workshop = presence->workshop;
	const struct registry *registry = &workshop->registry;

	spaces_update(presence->spaces, registry, workshop->home);
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (!device->ifindex)
			look_for(presence, device);
		else if (recovery_is_incomplete(device))
			realise(presence, device);
	}
}

void presence_committed(struct presence *presence, const struct transaction *transaction)
{
	const struct workshop *workshop = presence->workshop;

	spaces_update(presence->spaces, &workshop->registry, workshop->home);
	look_after(presence, transaction);
}

bool presence_is_realising(struct presence *presence)
{
	look_at_spaces(presence);
	return presence->n_mending > 0;
}

int presence_when_realised(struct presence *presence, void (*ready)(void *userdata), void *userdata,
			   struct error *error)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return error_memory(error);
	*waiter = (struct waiter){ presence->waiters, ready, userdata };
	presence->waiters = waiter;
	return 0;
}

void presence_forget(struct presence *presence, const void *userdata)
{
	for (struct waiter **p = &presence->waiters; *p;) {
		struct waiter *waiter = *p;

		if (waiter->userdata != userdata) {
			p = &waiter->next;
			continue;
		}
		*p = waiter->next;
		free(waiter);
	}
}
