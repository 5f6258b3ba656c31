/*
 * The queue of transactions, of which one at a time is under way, and who puts them there: clients,
 * announcements of devices and namespaces, the look at links that nobody announces, and time. They are
 * in one file because each of them ends in the queue, and its end may begin another.
 */
#define _GNU_SOURCE
#include "daemon/control/control.h"

#include "base/cleanup.h"
#include "daemon/control/guard.h"
#include "daemon/control/recovery.h"
#include "daemon/control/settling.h"
#include "daemon/control/spaces.h"
#include "daemon/control/transaction.h"
#include "daemon/control/worker.h"
#include "daemon/kernel/device.h"
#include "daemon/kernel/match.h"

#include <malloc.h>
#include <stdio.h>
#include <string.h>

/* A transaction that waits for its turn, or has it. */
struct request {
	struct request *next;
	struct transaction *transaction;
	change_done done; /* NULL: nobody waits for the answer */
	void *userdata;
};

/* Somebody who wants to hear when all devices run what is wanted on them. */
struct waiter {
	struct waiter *next;
	void (*ready)(void *userdata);
	void *userdata;
};

struct control {
	struct workshop workshop;
	struct worker *worker;
	struct spaces *spaces;
	struct settling *settling;
	struct guard *guard;
	void (*report)(const char *sentence);
	struct request *first; /* the one under way, then those that wait */
	struct request **last;
	size_t n_realising; /* transactions of that kind in the queue */
	struct waiter *waiters;
	bool recovered; /* what was wanted when the daemon started is realised, or cannot be */
};

static void start_first(struct control *control);
static void settle_next(void *userdata);
static void put_back(struct control *control, struct device *device);
static void look_at_spaces(void *userdata);
static void look_for(struct control *control, struct device *device);

static void request_drop(struct request *request)
{
	transaction_drop(&request->transaction);
	free(request);
}

static void answer(struct request *request)
{
	const struct transaction *transaction = request->transaction;
	change_done done = request->done;

	request->done = NULL;
	if (!done)
		return;
	if (transaction->error.id != ERROR_NONE)
		done(request->userdata, NULL, &transaction->error);
	else
		done(request->userdata, &transaction->result, NULL);
}

/* They may ask for more, and wait again. */
static void tell_waiters(struct control *control)
{
	while (control->waiters && !control->n_realising) {
		struct waiter *waiter = control->waiters;

		control->waiters = waiter->next;
		waiter->ready(waiter->userdata);
		free(waiter);
	}
}

/*
 * The device is as good as it gets, and the next announcement of it is a reason to try again; or it
 * just lost its link.
 */
static void end_mending(struct control *control, enum transaction_kind kind, uint64_t number,
			struct error *error)
{
	struct device *device = registry_find_number(&control->workshop.registry, number);

	control->n_realising--;
	if (!device)
		return;
	device->is_queued = false;
	free(steal(device->failure));
	if (kind == TRANSACTION_LOST)
		put_back(control, device);
	else if (error->id != ERROR_NONE && error->id != ERROR_NO_SUCH_DEVICE)
		device->failure = strdup(error->message ?: "out of memory");
}

/* One of that name may have come meanwhile. */
static void end_leaving(struct control *control, uint64_t number)
{
	struct device *device = registry_find_number(&control->workshop.registry, number);

	if (!device)
		return;
	device->is_leaving = false;
	if (!device->ifindex)
		look_for(control, device);
}

static bool is_mending(enum transaction_kind kind)
{
	return kind == TRANSACTION_REALISE || kind == TRANSACTION_LOST;
}

static void end_recovery(struct control *control)
{
	struct workshop *workshop = &control->workshop;

	control->recovered = true;
	sweep_pins(&workshop->registry, &workshop->leftovers, &workshop->places);
}

static void finish_first(struct control *control)
{
	struct request *request = control->first;
	cleanup(error_done) struct error error = {};
	enum transaction_kind kind = request->transaction->kind;
	uint64_t number = request->transaction->number;

	answer(request);
	control->first = request->next;
	if (!control->first)
		control->last = &control->first;
	error_move(&error, &request->transaction->error);
	request_drop(request);
	if (!control->first && !control->recovered)
		end_recovery(control);
	start_first(control);
	if (kind == TRANSACTION_GONE)
		end_leaving(control, number);
	if (is_mending(kind))
		end_mending(control, kind, number, &error);
	settle_next(control);
	tell_waiters(control);
}

/* Verifying and reading objects takes memory by the megabyte; the daemon gives it back. */
static void job_build(void *userdata)
{
	transaction_build(((struct control *)userdata)->first->transaction);
	malloc_trim(0);
}

static void job_wait(void *userdata)
{
	transaction_wait(((struct control *)userdata)->first->transaction);
}

static void job_let_go(void *userdata)
{
	transaction_let_go(((struct control *)userdata)->first->transaction);
}

static void let_go(void *userdata)
{
	finish_first(userdata);
}

static void waited(void *userdata)
{
	struct control *control = userdata;

	transaction_fold(control->first->transaction);
	worker_run(control->worker, job_let_go, let_go, control);
}

/* Devices can vanish while they are not ours yet, and nobody would tell. */
static void look_for_vanished(struct control *control, const struct transaction *transaction);

/* A chain that was changed begins to wait, one that was settled, or cannot be, is done. */
static void note_settling(struct control *control, const struct transaction *transaction)
{
	const struct error *error = &transaction->error;

	if (!control->workshop.linker->type->settle ||
	    (error->id != ERROR_NONE && atomic_load(&transaction->abandoned)))
		return;
	if (transaction->kind == TRANSACTION_SETTLE) {
		struct device *device = registry_find_number(&control->workshop.registry,
							     transaction->number);

		if (device)
			settling_end(device, error->id == ERROR_NONE ? NULL : error);
		return;
	}
	for (size_t i = 0; error->id == ERROR_NONE && i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->ifindex && !target->release && !target->stays)
			settling_restart(control->settling, target->device);
	}
}

static void keep_link(const struct control *control, const struct device *device)
{
	const struct link_keeper *keeper = &control->workshop.keeper;

	if (device->attachment->fd >= 0) /* else it is netlink-owned */
		keeper->keep(keeper->userdata, device->number, device->attachment->fd);
}

static void keep_links(const struct control *control, const struct transaction *transaction)
{
	const struct link_keeper *keeper = &control->workshop.keeper;

	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->release || transaction_only_lets_go(transaction))
			keeper->forget(keeper->userdata, target->device->number);
		else if (target->is_attached)
			keep_link(control, target->device);
	}
}

static bool takes_away(const struct change *change)
{
	return change->kind == CHANGE_DETACH || change->kind == CHANGE_ADOPT;
}

/*
 * A client that adds something hears of it as soon as it runs; one that takes something away, when
 * no packet runs it any more.
 */
static void built(void *userdata)
{
	struct control *control = userdata;
	struct request *request = control->first;
	struct transaction *transaction = request->transaction;

	if (transaction->error.id != ERROR_NONE) {
		note_settling(control, transaction);
		finish_first(control);
		return;
	}
	transaction_commit(transaction);
	note_settling(control, transaction);
	if (transaction->change && !takes_away(transaction->change))
		answer(request);
	keep_links(control, transaction);
	spaces_update(control->spaces, &control->workshop.registry, control->workshop.home);
	look_for_vanished(control, transaction);
	worker_run(control->worker, job_wait, waited, control);
}

static void start_first(struct control *control)
{
	if (control->first)
		worker_run(control->worker, job_build, built, control);
}

static int enqueue(struct control *control, struct transaction *transaction, change_done done,
		   void *userdata, struct error *error)
{
	struct request *request = calloc(1, sizeof(*request));
	bool idle = !control->first;

	if (!request) {
		transaction_drop(&transaction);
		return error_memory(error);
	}
	request->transaction = transaction;
	request->done = done;
	request->userdata = userdata;
	*control->last = request;
	control->last = &request->next;
	if (idle)
		start_first(control);
	else if (control->first->transaction->kind == TRANSACTION_SETTLE)
		atomic_store(&control->first->transaction->abandoned, true);
	return 0;
}

/* Only when nothing else is to be done, so that no change waits for it longer than it must. */
static void settle_next(void *userdata)
{
	struct control *control = userdata;
	struct transaction *transaction;
	struct device *device;

	if (control->first)
		return;
	device = settling_next(control->settling, &control->workshop.registry);
	if (device && transaction_new_for_device(&control->workshop, TRANSACTION_SETTLE, device,
						 &transaction, NULL) == 0)
		enqueue(control, transaction, NULL, NULL, NULL);
}

int control_submit(struct control *control, struct change *change, change_done done, void *userdata,
		   struct error *error)
{
	struct transaction *transaction;
	int result = transaction_new(&control->workshop, change, &transaction, error);

	return result < 0 ? result : enqueue(control, transaction, done, userdata, error);
}

bool control_forget(struct control *control, void *userdata)
{
	for (struct waiter **slot = &control->waiters; *slot;) {
		struct waiter *waiter = *slot;

		if (waiter->userdata != userdata) {
			slot = &waiter->next;
			continue;
		}
		*slot = waiter->next;
		free(waiter);
	}
	for (struct request **slot = &control->first; *slot;) {
		struct request *request = *slot;

		if (!request->done || request->userdata != userdata) {
			slot = &request->next;
			continue;
		}
		if (request == control->first) { /* the worker has it */
			atomic_store(&request->transaction->abandoned, true);
			return true;
		}
		*slot = request->next;
		if (!*slot)
			control->last = slot;
		request_drop(request);
		break;
	}
	return false;
}

int control_when_realised(struct control *control, void (*ready)(void *userdata), void *userdata,
			  struct error *error)
{
	struct waiter *waiter = calloc(1, sizeof(*waiter));

	if (!waiter)
		return error_memory(error);
	*waiter = (struct waiter){ control->waiters, ready, userdata };
	control->waiters = waiter;
	return 0;
}

bool control_is_realising(struct control *control)
{
	look_at_spaces(control);
	return control->n_realising > 0;
}

/* Puts what mends the device in the queue, once; requests wait for the end of it. */
static void queue_for_device(struct control *control, enum transaction_kind kind,
			     struct device *device)
{
	struct transaction *transaction;

	if (device->is_queued ||
	    transaction_new_for_device(&control->workshop, kind, device, &transaction, NULL) < 0)
		return;
	device->is_queued = true;
	control->n_realising++;
	if (enqueue(control, transaction, NULL, NULL, NULL) == 0)
		return;
	device->is_queued = false;
	control->n_realising--;
}

static void realise(struct control *control, struct device *device)
{
	queue_for_device(control, TRANSACTION_REALISE, device);
}

/* A device that came may be one that was absent. */
static void realise_absent(struct control *control, const struct netns *netns, unsigned int ifindex,
			   const char *ifname)
{
	const struct registry *registry = &control->workshop.registry;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (!registry->n_devices || registry->devices[0]->ifindex ||
	    netns_enter(netns, &visit, NULL) < 0)
		return;
	for (size_t i = 0; i < registry->n_devices && !registry->devices[i]->ifindex; i++) {
		struct device *device = registry->devices[i];

		if (same_netns(device->netns_path, netns->path) &&
		    (device->match ? match_holds(device->match, ifindex, ifname)
				   : !strcmp(device->ifname, ifname)))
			realise(control, device);
	}
}

static void device_present(void *userdata, struct netns *netns, unsigned int ifindex,
			   const char *ifname)
{
	struct control *control = userdata;
	const struct registry *registry = &control->workshop.registry;
	struct device *device = registry_find(registry, netns, ifindex);

	if (!device)
		realise_absent(control, netns, ifindex, ifname);
	else if (strcmp(device->ifname, ifname) != 0 || recovery_is_incomplete(device))
		realise(control, device);
}

static void let_device_go(struct control *control, struct device *device)
{
	struct transaction *transaction;

	if (device->is_leaving || transaction_new_for_device(&control->workshop, TRANSACTION_GONE,
							     device, &transaction, NULL) < 0)
		return;
	device->is_leaving = enqueue(control, transaction, NULL, NULL, NULL) == 0;
}

static void device_gone(void *userdata, struct netns *netns, unsigned int ifindex)
{
	struct control *control = userdata;
	struct device *device = registry_find(&control->workshop.registry, netns, ifindex);

	if (device)
		let_device_go(control, device);
}

/* Whether it is the device that we know, and has the name that we know. */
static void look_at(struct control *control, struct netns *netns, unsigned int ifindex)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (netns_enter(netns, &visit, NULL) < 0)
		return;
	if (if_indextoname(ifindex, ifname))
		device_present(control, netns, ifindex, ifname);
	else if (errno == ENXIO || errno == ENODEV)
		device_gone(control, netns, ifindex);
}

/*
 * Somebody took our link off; what it held is let go, and then the chain is put back. Or the device is
 * gone, and we have not heard of it yet.
 */
static void device_lost(void *userdata, struct device *device)
{
	struct control *control = userdata;
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;
	char ifname[IF_NAMESIZE];

	if (netns_enter(device->netns, &visit, NULL) < 0)
		return;
	if (if_indextoname(device->ifindex, ifname))
		queue_for_device(control, TRANSACTION_LOST, device);
	else
		let_device_go(control, device);
}

/* The sentence is for the log, and for whoever asks for the device's status. */
static void put_back(struct control *control, struct device *device)
{
	bool again = guard_try(control->guard, device);
	cleanup(freep) char *sentence = NULL;

	if (asprintf(&sentence, "somebody took the XDP program off %s by force; %s", device->ifname,
		     again ? "it is put back"
			   : "since that happens again and again, it stays off until the chain is "
			     "changed") < 0)
		sentence = NULL;
	control->report(sentence ?: "out of memory");
	if (again)
		realise(control, device);
	else
		device->failure = steal(sentence);
}

/* An absent device may have come back. */
static void look_for(struct control *control, struct device *device)
{
	cleanup(netns_leave) struct netns_visit visit = NETNS_HOME;

	if (device->netns && netns_enter(device->netns, &visit, NULL) == 0 && device_locate(device))
		realise(control, device);
}

static void devices_lost(void *userdata)
{
	struct control *control = userdata;
	const struct registry *registry = &control->workshop.registry;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->ifindex)
			look_at(control, device->netns, device->ifindex);
		else
			look_for(control, device);
	}
}

static void look_for_vanished(struct control *control, const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->ifindex && !target->release && target->device->netns)
			look_at(control, target->device->netns, target->ifindex);
	}
}

/*
 * Namespaces come and go by name, which nobody announces: one that lost its name is let go, so that it
 * can end; of one that has it again the devices are looked for.
 */
static void look_at_spaces(void *userdata)
{
	struct control *control = userdata;
	const struct registry *registry = &control->workshop.registry;
	const char *path = NULL;
	bool is_there = false;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (!device->netns_path || device->is_queued)
			continue;
		if (device->netns && !netns_is_named(device->netns)) {
			let_device_go(control, device);
			continue;
		}
		if (!path || strcmp(path, device->netns_path) != 0)
			is_there = netns_exists(device->netns_path);
		path = device->netns_path;
		if (!device->netns && is_there)
			realise(control, device);
	}
}

static const struct spaces_events spaces_events = {
	.present = device_present,
	.gone = device_gone,
	.lost = devices_lost,
};

static int open_places(struct control *control, const struct control_options *options,
		       struct error *error)
{
	struct workshop *workshop = &control->workshop;
	int result = state_open(options->state_directory, &workshop->state, error);

	if (result == 0)
		result = store_open(state_directory(workshop->state), &workshop->store, error);
	if (result == 0)
		result = grace_init(&workshop->grace, error);
	if (result == 0)
		result = places_init(&workshop->places, options->bpffs, error);
	return result;
}

static bool is_idle(void *userdata)
{
	return control_is_idle(userdata);
}

static const struct guard_events guard_events = {
	.idle = is_idle,
	.lost = device_lost,
	.round = look_at_spaces,
};

/* Announcements come from here on, so that nothing is missed that happens while we look. */
static int open_sources(struct control *control, sd_event *loop, uint64_t quiet,
			struct error *error)
{
	struct workshop *workshop = &control->workshop;
	int result = spaces_new(loop, &spaces_events, control, &control->spaces, error);

	if (result == 0)
		result = netns_open(NULL, &workshop->home, error);
	if (result == 0)
		result = spaces_watch(control->spaces, workshop->home, error);
	if (result == 0)
		result = settling_new(loop, quiet, settle_next, control, &control->settling, error);
	if (result == 0)
		result = guard_new(loop, &control->workshop.registry, &guard_events, control,
				   &control->guard, error);
	if (result == 0)
		result = worker_new(loop, &control->worker, error);
	return result;
}

static void realise_all(struct control *control)
{
	const struct registry *registry = &control->workshop.registry;

	spaces_update(control->spaces, registry, control->workshop.home);

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->attachment)
			keep_link(control, device);
		if (!device->ifindex)
			look_for(control, device);
		else if (recovery_is_incomplete(device))
			realise(control, device);
		else if (control->workshop.linker->type->settle)
			settling_restart(control->settling, device);
	}
	if (!control->first)
		end_recovery(control);
}

int control_new(sd_event *loop, struct linker *linker, const struct control_options *options,
		struct control **ret, struct error *error)
{
	cleanup(control_drop) struct control *control = calloc(1, sizeof(*control));
	int result;

	if (!control) {
		linker_drop(&linker);
		return error_memory(error);
	}
	control->last = &control->first;
	control->report = options->report;
	control->workshop.linker = linker;
	control->workshop.keeper = options->keeper;
	control->workshop.grace = (struct grace){ -1, -1 };
	result = open_places(control, options, error);
	if (result == 0)
		result = open_sources(control, loop, options->quiet, error);
	if (result == 0)
		result = recovery_run(&control->workshop, options->report, error);
	if (result < 0)
		return result;
	realise_all(control);
	settle_next(control);
	*ret = steal(control);
	return 0;
}

bool control_is_idle(const struct control *control)
{
	return !control->first;
}

/* What is committed stays in the kernel by its pins. */
static void keep_pins(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		attachment_keep(&device->attachment);
		if (device->live)
			generation_keep_pins(device->live);
		if (device->retiring)
			generation_keep_pins(device->retiring);
		for (size_t j = 0; j < device->chain.n_entries; j++)
			if (device->chain.entries[j].component)
				component_keep_pins(device->chain.entries[j].component);
	}
}

void control_drop(struct control **slot)
{
	struct control *control = steal(*slot);

	if (!control)
		return;
	spaces_drop(&control->spaces);
	settling_drop(&control->settling);
	guard_drop(&control->guard);
	worker_drop(&control->worker);
	/* What packets run already is what is wanted. */
	if (control->first && transaction_is_swapped(control->first->transaction))
		transaction_commit(control->first->transaction);
	keep_pins(&control->workshop.registry);
	while (control->first) {
		struct request *request = control->first;

		control->first = request->next;
		if (!request->transaction->committed)
			error_set(&request->transaction->error, ERROR_INTERNAL, -ECANCELED,
				  "the daemon ended before it was done");
		answer(request);
		request_drop(request);
	}
	while (control->waiters) {
		struct waiter *waiter = control->waiters;

		control->waiters = waiter->next;
		free(waiter);
	}
	registry_done(&control->workshop.registry);
	component_release(&control->workshop.refuser);
	component_release(&control->workshop.xdp_refuser);
	netns_release(&control->workshop.home);
	leftovers_done(&control->workshop.leftovers);
	store_drop(&control->workshop.store);
	state_drop(&control->workshop.state);
	places_done(&control->workshop.places);
	grace_done(&control->workshop.grace);
	linker_drop(&control->workshop.linker);
	free(control);
}

const struct registry *control_registry(const struct control *control)
{
	return &control->workshop.registry;
}

const struct linker *control_linker(const struct control *control)
{
	return control->workshop.linker;
}
