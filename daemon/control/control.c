#include "daemon/control/control.h"

#include "base/cleanup.h"
#include "daemon/control/leftover.h"
#include "daemon/control/settling.h"
#include "daemon/control/transaction.h"
#include "daemon/control/worker.h"
#include "daemon/kernel/device.h"

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

struct control {
	struct workshop workshop;
	struct worker *worker;
	struct device_watch *watch;
	struct settling *settling;
	struct request *first; /* the one under way, then those that wait */
	struct request **last;
};

static void start_first(struct control *control);
static void settle_next(void *userdata);

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

/* Verifying and reading objects takes memory by the megabyte; the daemon gives it back. */
static void finish_first(struct control *control)
{
	struct request *request = control->first;

	answer(request);
	control->first = request->next;
	if (!control->first)
		control->last = &control->first;
	request_drop(request);
	malloc_trim(0);
	start_first(control);
	settle_next(control);
}

static void job_build(void *userdata)
{
	transaction_build(((struct control *)userdata)->first->transaction);
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
	for (size_t i = 0; i < transaction->n_targets; i++) {
		struct device *device = registry_find(&control->workshop.registry,
						      transaction->targets[i].ifindex);

		if (device && transaction->kind == TRANSACTION_SETTLE)
			settling_end(device, error->id == ERROR_NONE ? NULL : error);
		else if (device && error->id == ERROR_NONE)
			settling_restart(control->settling, device);
	}
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
	if (transaction->change && transaction->change->kind != CHANGE_DETACH)
		answer(request);
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
	if (device && transaction_new_settle(&control->workshop, device, &transaction, NULL) == 0)
		enqueue(control, transaction, NULL, NULL, NULL);
}

int control_submit(struct control *control, struct change *change, change_done done, void *userdata,
		   struct error *error)
{
	struct transaction *transaction;
	int result = transaction_new(&control->workshop, change, &transaction, error);

	return result < 0 ? result : enqueue(control, transaction, done, userdata, error);
}

void control_forget(struct control *control, void *userdata)
{
	for (struct request **slot = &control->first; *slot;) {
		struct request *request = *slot;

		if (request->userdata != userdata) {
			slot = &request->next;
			continue;
		}
		request->done = NULL;
		if (request == control->first) { /* the worker has it */
			atomic_store(&request->transaction->abandoned, true);
			slot = &request->next;
			continue;
		}
		*slot = request->next;
		if (!*slot)
			control->last = slot;
		request_drop(request);
	}
}

static void device_present(void *userdata, unsigned int ifindex, const char *ifname)
{
	struct control *control = userdata;
	struct device *device = registry_find(&control->workshop.registry, ifindex);

	if (device)
		snprintf(device->ifname, sizeof(device->ifname), "%s", ifname);
}

static void device_gone(void *userdata, unsigned int ifindex)
{
	struct control *control = userdata;
	struct transaction *transaction;

	if (!registry_find(&control->workshop.registry, ifindex))
		return;
	if (transaction_new_gone(&control->workshop, ifindex, &transaction, NULL) == 0)
		enqueue(control, transaction, NULL, NULL, NULL);
}

static void look_at(struct control *control, unsigned int ifindex)
{
	char ifname[IF_NAMESIZE];

	if (if_indextoname(ifindex, ifname))
		device_present(control, ifindex, ifname);
	else if (errno == ENXIO || errno == ENODEV)
		device_gone(control, ifindex);
}

static void devices_lost(void *userdata)
{
	struct control *control = userdata;
	const struct registry *registry = &control->workshop.registry;

	for (size_t i = 0; i < registry->n_devices; i++)
		look_at(control, registry->devices[i]->ifindex);
}

static void look_for_vanished(struct control *control, const struct transaction *transaction)
{
	for (size_t i = 0; transaction->change && i < transaction->n_targets; i++)
		look_at(control, transaction->targets[i].ifindex);
}

static const struct device_events device_events = {
	.present = device_present,
	.gone = device_gone,
	.lost = devices_lost,
};

int control_new(sd_event *loop, struct linker *linker, uint64_t quiet, const char *bpffs,
		struct control **ret, struct error *error)
{
	cleanup(control_drop) struct control *control = calloc(1, sizeof(*control));
	int result;

	if (!control) {
		linker_drop(&linker);
		return error_memory(error);
	}
	control->last = &control->first;
	control->workshop.linker = linker;
	control->workshop.grace = (struct grace){ -1, -1 };
	result = grace_init(&control->workshop.grace, error);
	if (result == 0)
		result = places_init(&control->workshop.places, bpffs, error);
	if (result == 0)
		result = device_watch_new(loop, &device_events, control, &control->watch, error);
	if (result == 0)
		result = settling_new(loop, quiet, settle_next, control, &control->settling, error);
	if (result == 0)
		result = worker_new(loop, &control->worker, error);
	if (result < 0)
		return result;
	leftover_sweep(&control->workshop.registry, &control->workshop.places);
	*ret = steal(control);
	return 0;
}

/* What is committed stays in the kernel by its pins. */
static void keep_pins(struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		attachment_keep(&device->attachment);
		generation_keep_pins(device->live);
		for (size_t j = 0; j < device->chain.n_entries; j++)
			component_keep_pins(device->chain.entries[j].component);
	}
}

void control_drop(struct control **slot)
{
	struct control *control = steal(*slot);

	if (!control)
		return;
	device_watch_drop(&control->watch);
	settling_drop(&control->settling);
	worker_drop(&control->worker);
	/* What packets run already is what is wanted. */
	if (control->first && transaction_is_swapped(control->first->transaction))
		transaction_commit(control->first->transaction);
	keep_pins(&control->workshop.registry);
	while (control->first) {
		struct request *request = control->first;

		control->first = request->next;
		request_drop(request);
	}
	registry_done(&control->workshop.registry);
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
