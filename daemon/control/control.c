#define _GNU_SOURCE
#include "daemon/control/control.h"

#include "base/cleanup.h"
#include "daemon/control/monitor/confirm-timer.h"
#include "daemon/control/monitor/fuse-timer.h"
#include "daemon/control/monitor/monitor.h"
#include "daemon/control/pins/backup-pins.h"
#include "daemon/control/pins/map-pins.h"
#include "daemon/control/pipeline/queue.h"
#include "daemon/control/recovery/recovery.h"
#include "daemon/state/rollback.h"

#include <stdio.h>

struct control {
	struct workshop workshop;
	struct queue *queue;
	struct presence *presence;
	struct settling *settling;
	struct countdown *countdown;
	size_t n_reverting; /* changes in the queue that put back what nobody confirmed in time */
	log_report report;
	bool recovered; /* what was wanted when the daemon started is realised, or cannot be */
};

static void end_recovery(struct control *control)
{
	struct workshop *workshop = &control->workshop;

	control->recovered = true;
	sweep_pins(&workshop->registry, &workshop->leftovers, &workshop->directories);
	map_pins_update_all(&workshop->registry, &workshop->directories);
}

/* Only when nothing else is to be done, so that no change waits for it longer than it must. */
static void settle_next(void *userdata)
{
	struct control *control = userdata;
	struct transaction *transaction;
	struct device *device;

	if (!queue_is_empty(control->queue))
		return;
	device = settling_next(control->settling, &control->workshop.registry);
	if (device && transaction_new_for_device(&control->workshop, TRANSACTION_SETTLE, device,
						 &transaction, NULL) == 0)
		queue_add(control->queue, transaction, NULL, NULL, NULL);
}

/* One that is bound to its device is one program from the beginning. */
static bool settles(const struct control *control, const struct device *device)
{
	return control->workshop.linker->type->fuse && !device->interop &&
	       !chain_find_bound(&device->chain);
}

/* A chain that was changed begins to wait, one that was settled, or cannot be, is done. */
static void note_settling(struct control *control, const struct transaction *transaction)
{
	const struct error *error = &transaction->error;

	if (!control->workshop.linker->type->fuse ||
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

		if (target->release || !settles(control, target->device))
			settling_end(target->device, NULL);
		else if (target->ifindex && !target->stays)
			settling_restart(control->settling, target->device);
	}
}

static void decided(void *userdata, struct transaction *transaction)
{
	struct control *control = userdata;

	note_settling(control, transaction);
	if (!transaction->committed)
		return;
	presence_committed(control->presence, transaction);
}

/* Nobody waits for that answer, so the log has it. */
static void report_reverted(const struct control *control, const struct change_result *result)
{
	for (size_t i = 0; i < result->n_devices; i++) {
		cleanup(freep) char *sentence = NULL;

		if (asprintf(&sentence,
			     "the change of %s was not confirmed in time and has been rolled back",
			     result->devices[i].ifname) < 0)
			sentence = NULL;
		control->report(LOG_EVENT_PUT_BACK, result->devices[i].ifname,
				sentence ?: "out of memory");
	}
}

static void report_stuck(const struct control *control, const struct error *error)
{
	cleanup(freep) char *sentence = NULL;

	if (asprintf(&sentence,
		     "a change that was not confirmed in time cannot be rolled back; xdpd retries "
		     "every second: %s",
		     error->message ?: "out of memory") < 0)
		sentence = NULL;
	control->report(LOG_EVENT_NOT_PUT_BACK, NULL, sentence ?: "out of memory");
}

static void reverted(void *userdata, const struct change_result *result, const struct error *error)
{
	struct control *control = userdata;

	control->n_reverting--;
	if (result) {
		report_reverted(control, result);
		return;
	}
	if (countdown_retry(&control->workshop.registry, error)) /* for the first time */
		report_stuck(control, error);
}

/* One change each; which one is decided when it is its turn. */
static void revert_overdue(void *userdata)
{
	struct control *control = userdata;
	size_t n_overdue = countdown_overdue(control->countdown, &control->workshop.registry);

	while (control->n_reverting < n_overdue) {
		struct change *change = calloc(1, sizeof(*change));

		if (!change)
			return; /* the end of any transaction is the next time to try */
		change->kind = CHANGE_REVERT;
		change->overdue = true;
		if (control_submit(control, change, reverted, control, NULL) < 0)
			return;
		control->n_reverting++;
	}
}

static void finished(void *userdata, enum transaction_kind kind, uint64_t number,
		     const struct error *error)
{
	struct control *control = userdata;

	if (queue_is_empty(control->queue) && !control->recovered)
		end_recovery(control);
	presence_finished(control->presence, kind, number, error);
	revert_overdue(control);
	settle_next(control);
}

static const struct queue_events queue_events = { .decided = decided, .finished = finished };

int control_submit(struct control *control, struct change *change, change_done done, void *userdata,
		   struct error *error)
{
	struct transaction *transaction;
	int result = transaction_new(&control->workshop, change, &transaction, error);

	return result < 0 ? result : queue_add(control->queue, transaction, done, userdata, error);
}

bool control_forget(struct control *control, void *userdata)
{
	presence_forget(control->presence, userdata);
	return queue_forget(control->queue, userdata);
}

int control_when_realised(struct control *control, void (*ready)(void *userdata), void *userdata,
			  struct error *error)
{
	return presence_when_realised(control->presence, ready, userdata, error);
}

bool control_is_realising(struct control *control)
{
	return presence_is_realising(control->presence);
}

/* What cannot be pinned again for good must not keep the rest from being taken over. */
static int restore_pins(const struct control *control, struct error *error)
{
	const struct workshop *workshop = &control->workshop;
	cleanup(error_done) struct error why = {};
	int result = spare_pins_restore(workshop->spare_pins, &workshop->directories, &why);

	if (result < 0 && errno_is_passing(result)) {
		error_move(error, &why);
		return result;
	}
	if (result < 0)
		control->report(LOG_EVENT_NO_SPARE_PINS, NULL, why.message ?: "out of memory");
	return 0;
}

static int open_pin_directories(struct control *control, const struct control_options *options,
				struct error *error)
{
	struct workshop *workshop = &control->workshop;
	int result = state_directory_open(options->state_directory, &workshop->state, error);

	if (result == 0)
		result = object_store_open(state_directory_fd(workshop->state), &workshop->store,
					   error);
	if (result == 0)
		result = grace_period_init(&workshop->grace_period, error);
	if (result == 0)
		result = pin_directories_init(&workshop->directories, options->bpffs, error);
	if (result == 0 && workshop->spare_pins >= 0)
		result = restore_pins(control, error);
	return result;
}

static int open_sources(struct control *control, sd_event *loop,
			const struct control_options *options, struct error *error)
{
	int result = queue_new(loop, &queue_events, control, &control->queue, error);

	if (result == 0)
		result = settling_new(loop, options->quiet, settle_next, control,
				      &control->settling, error);
	if (result == 0)
		result = countdown_new(loop, revert_overdue, control, &control->countdown, error);
	if (result == 0)
		result = netns_open(NULL, &control->workshop.home, error);
	if (result == 0) /* before we look ourselves, so that nothing is missed meanwhile */
		result = presence_new(loop, &control->workshop, control->queue, options->report,
				      &control->presence, error);
	return result;
}

/* Those that everybody sees are there all the same, so that nothing fails for want of these. */
static void make_spare_pins(const struct control *control)
{
	const struct workshop *workshop = &control->workshop;
	const struct registry *registry = &workshop->registry;
	cleanup(error_done) struct error error = {};
	cleanup(freep) char *sentence = NULL;
	int result = 0;

	if (workshop->spare_pins < 0)
		return;
	spare_pins_sweep(workshop->spare_pins, registry, &workshop->leftovers);
	for (size_t i = 0; result == 0 && i < registry->n_devices; i++)
		result = spare_pins_update(workshop->spare_pins, registry->devices[i], &error);
	if (result == 0)
		return;
	if (asprintf(&sentence,
		     "cannot keep spare pins with systemd (needed if somebody removes xdpd's "
		     "pins): %s",
		     error.message ?: "out of memory") < 0)
		sentence = NULL;
	control->report(LOG_EVENT_NO_SPARE_PINS, NULL, sentence ?: "out of memory");
}

/* What runs is kept and settles; all else begins. */
static void begin(struct control *control)
{
	const struct registry *registry = &control->workshop.registry;

	revert_overdue(control); /* before any of that is begun */
	make_spare_pins(control);
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->ifindex && !recovery_is_incomplete(device) && settles(control, device))
			settling_restart(control->settling, device);
	}
	presence_begin(control->presence);
	if (queue_is_empty(control->queue))
		end_recovery(control);
	settle_next(control);
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
	control->workshop.linker = linker;
	control->workshop.spare_pins = options->spare_pins;
	control->report = options->report;
	control->workshop.grace_period = (struct grace_period){ -1, -1 };
	result = open_pin_directories(control, options, error);
	if (result == 0)
		result = open_sources(control, loop, options, error);
	if (result == 0)
		result = recovery_run(&control->workshop, options->report, error);
	if (result < 0)
		return result;
	begin(control);
	*ret = steal(control);
	return 0;
}

bool control_is_idle(const struct control *control)
{
	return queue_is_empty(control->queue);
}

static void keep_components(const struct chain *chain)
{
	for (size_t i = 0; chain_nth(chain, i); i++)
		if (chain_nth(chain, i)->component)
			component_keep_pins(chain_nth(chain, i)->component);
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
		keep_components(&device->chain);
		if (!device->rollback)
			continue;
		keep_components(&device->rollback->chain);
		if (device->rollback->before)
			generation_keep_pins(device->rollback->before);
	}
}

void control_drop(struct control **p)
{
	struct control *control = steal(*p);

	if (!control)
		return;
	presence_drop(&control->presence);
	settling_drop(&control->settling);
	countdown_drop(&control->countdown);
	if (control->queue)
		queue_stop(control->queue);
	keep_pins(&control->workshop.registry);
	queue_drop(&control->queue);
	registry_done(&control->workshop.registry);
	component_release(&control->workshop.refuser);
	component_release(&control->workshop.xdp_refuser);
	netns_release(&control->workshop.home);
	leftovers_done(&control->workshop.leftovers);
	object_store_drop(&control->workshop.store);
	state_directory_drop(&control->workshop.state);
	pin_directories_done(&control->workshop.directories);
	grace_period_done(&control->workshop.grace_period);
	linker_drop(&control->workshop.linker);
	free(control);
}

const struct registry *control_registry(const struct control *control)
{
	return &control->workshop.registry;
}

const struct pin_directories *control_pin_directories(const struct control *control)
{
	return &control->workshop.directories;
}

const struct leftovers *control_leftovers(const struct control *control)
{
	return &control->workshop.leftovers;
}

const struct linker *control_linker(const struct control *control)
{
	return control->workshop.linker;
}

const struct object_store *control_store(const struct control *control)
{
	return control->workshop.store;
}
