// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/control.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "daemon/control/announce.h"
#include "daemon/control/change-stats.h"
#include "daemon/control/leases.h"
#include "daemon/control/monitor/confirm-timer.h"
#include "daemon/control/monitor/fuse-timer.h"
#include "daemon/control/monitor/monitor.h"
#include "daemon/control/pins/backup-pins.h"
#include "daemon/control/pins/keep-pins.h"
#include "daemon/control/pins/map-pins.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/control/pins/stale-pins.h"
#include "daemon/control/pipeline/pipeline.h"
#include "daemon/control/recovery/recovery.h"
#include "daemon/control/recovery/signatures.h"
#include "daemon/control/recovery/verify.h"
#include "daemon/control/redirect-check.h"
#include "daemon/control/test/test.h"
#include "daemon/control/trace/twin.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/state/device.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct control {
	sd_event *loop; /* not owned */
	struct manager manager;
	struct queue *queue;
	struct monitor *monitor;
	struct fuse_timer *fuse_timer;
	struct confirm_timer *confirm_timer;
	struct leases *leases;
	struct tracers *tracers;
	struct events *events; /* not owned */
	struct change_stats change_stats;
	uint64_t change_timeout; /* microseconds */
	bool stuck;		 /* a job took too long */
	struct redirect_checks redirect_checks;
	bool recovered; /* every chain that was wanted at the start is linked, or failed */
};

static void end_recovery(struct control *control)
{
	struct manager *manager = &control->manager;

	control->recovered = true;
	stale_pins_remove(&manager->registry, &manager->orphans, &manager->directories);
	map_pins_update_all(&manager->registry, &manager->directories);
}

static void decided(void *userdata, struct job *job)
{
	struct control *control = userdata;
	const struct transaction *transaction = job_transaction(job);

	if (!transaction)
		return;
	fuse_timer_decided(control->fuse_timer, transaction);
	change_stats_add(&control->change_stats, transaction);
	announce_decided(control->events, transaction);
	if (!transaction->committed) {
		monitor_failed(control->monitor, transaction);
		return;
	}
	for (size_t i = 0; i < transaction->warnings.n_items; i++)
		events_report_device(control->events, LOG_EVENT_UNTRUSTED, NULL, NULL, "%s",
				     transaction->warnings.items[i]);
	monitor_committed(control->monitor, transaction);
}

/* Announcements make xdpd retry again and again, but the same failure is reported only once. */
static void announce_failed_link(const struct control *control,
				 const struct transaction *transaction)
{
	const struct registry *registry = &control->manager.registry;
	const struct device *device;

	if (!transaction || transaction->kind != TRANSACTION_LINK ||
	    transaction->error.id != ERROR_DEVICE_BUSY)
		return;
	device = registry_find_number(registry, transaction->number);
	if (device && (!device->failure ||
		       strcmp(device->failure, transaction->error.message ?: "out of memory") != 0))
		announce_foreign(control->events, device, &transaction->error);
}

static void finished(void *userdata, struct job *job)
{
	struct control *control = userdata;
	bool recovers = !control->recovered && queue_is_empty(control->queue);

	if (recovers)
		end_recovery(control);
	announce_failed_link(control, job_transaction(job));
	monitor_finished(control->monitor, job_transaction(job));
	if (recovers)
		monitor_report(control->monitor);
	confirm_timer_check(control->confirm_timer);
	leases_check(control->leases);
	tracers_review(control->tracers);
	fuse_timer_check(control->fuse_timer);
}

__attribute__((format(printf, 2, 3))) static void report_job(const struct control *control,
							     const char *format, ...)
{
	const char *name = queue_under_way(control->queue) ?: "a change";
	cleanup(freep) char *what = NULL;
	va_list arguments;

	va_start(arguments, format);
	what = format_text(format, arguments);
	va_end(arguments);
	events_report_device(control->events, LOG_EVENT_STUCK, NULL, NULL, "%s %s", name,
			     what ?: "takes too long");
}

static void overdue(void *userdata)
{
	struct control *control = userdata;

	control->stuck = true;
	report_job(control,
		   "takes more than %" PRIu64
		   " seconds (change-timeout); the daemon ends, and what "
		   "runs is not affected",
		   control->change_timeout / 1000000);
	sd_event_exit(control->loop, 0);
}

static const struct queue_events queue_events = {
	.decided = decided,
	.finished = finished,
	.overdue = overdue,
};

int control_submit(struct control *control, struct change *change, job_done done, void *userdata,
		   struct error *error)
{
	return pipeline_submit_change(control->queue, &control->manager, change, done, userdata,
				      error);
}

int control_verify(struct control *control, bool repair, struct job_turn turn, job_done done,
		   void *userdata, struct error *error)
{
	struct job *job;
	int result = verify_new(&control->manager, repair, &job, error);

	if (result < 0)
		return result;
	job->turn = turn;
	queue_add(control->queue, job, done, userdata);
	return 0;
}

void control_look_at_redirects(struct control *control)
{
	redirect_checks_start(&control->redirect_checks);
}

int control_test(struct control *control, struct change *change, struct test_options *options,
		 job_done done, void *userdata, struct error *error)
{
	struct job *job;
	int result = test_new(&control->manager, change, options, &job, error);

	if (result == 0)
		queue_add(control->queue, job, done, userdata);
	return result;
}

bool control_forget(struct control *control, void *userdata)
{
	monitor_forget(control->monitor, userdata);
	return queue_forget(control->queue, userdata);
}

int control_when_linked(struct control *control, void (*ready)(void *userdata), void *userdata,
			struct error *error)
{
	return monitor_when_linked(control->monitor, ready, userdata, error);
}

bool control_is_linking(struct control *control)
{
	return monitor_is_linking(control->monitor);
}

int control_begin_lease(struct control *control, uint64_t *ret, struct error *error)
{
	return leases_begin(control->leases, ret, error);
}

int control_begin_keyed_lease(struct control *control, const char *key, uint64_t *ret,
			      struct error *error)
{
	return leases_begin_keyed(control->leases, key, ret, error);
}

bool control_claim_lease(struct control *control, const char *key, uint64_t *ret)
{
	return leases_claim(control->leases, key, ret);
}

bool control_lease_is_awaited(const struct control *control, uint64_t lease)
{
	return leases_is_awaited(control->leases, lease);
}

void control_end_lease(struct control *control, uint64_t lease)
{
	if (lease != LEASE_NONE)
		leases_end(control->leases, lease);
}

/* A pin that can never be restored must not prevent the rest from being taken over. */
static int restore_pins(const struct control *control, struct error *error)
{
	const struct manager *manager = &control->manager;
	cleanup(error_done) struct error why = {};
	int result = backup_pins_restore(manager->backup_pins, &manager->directories, &why);

	if (result < 0 && errno_is_passing(result)) {
		error_move(error, &why);
		return result;
	}
	if (result < 0)
		events_report_device(control->events, LOG_EVENT_NO_BACKUP_PINS, NULL, NULL, "%s",
				     why.message ?: "out of memory");
	return 0;
}

static int open_directories(struct control *control, const struct control_options *options,
			    struct error *error)
{
	struct manager *manager = &control->manager;
	int result = state_directory_open(options->state_directory, &manager->state, error);

	if (result == 0)
		result = object_store_open(state_directory_fd(manager->state), &manager->store,
					   error);
	if (result == 0)
		result = grace_period_init(&manager->grace_period, error);
	if (result == 0)
		result = pin_directories_init(&manager->directories, options->bpffs,
					      options->map_owner_socket, error);
	if (result == 0 && manager->backup_pins >= 0)
		result = restore_pins(control, error);
	return result;
}

static int open_sources(struct control *control, sd_event *loop,
			const struct control_options *options, struct error *error)
{
	int result = queue_new(loop, &queue_events, control, &control->queue, error);

	control->redirect_checks = (struct redirect_checks){ &control->manager, control->queue };
	if (result == 0)
		control_set_timeout(control, options->change_timeout);
	if (result == 0)
		result = fuse_timer_new(loop, options->quiet, &control->manager, control->queue,
					&control->fuse_timer, error);
	if (result == 0)
		result = confirm_timer_new(loop, &control->manager, control->queue, options->events,
					   &control->confirm_timer, error);
	if (result == 0)
		result = leases_new(loop, &control->manager, control->queue, options->events,
				    options->reconnect_time, &control->leases, error);
	if (result == 0)
		result = netns_open(NULL, &control->manager.home, error);
	if (result == 0)
		result = tracers_new(loop, &control->manager, control->queue, &control->tracers,
				     error);
	if (result == 0) /* before the devices are looked for, so that no announcement is missed */
		result = monitor_new(loop, &control->manager, control->queue, options->events,
				     &control->monitor, error);
	return result;
}

/* The ordinary pins exist all the same, so nothing fails because these are missing. */
static void make_backup_pins(const struct control *control)
{
	const struct manager *manager = &control->manager;
	const struct registry *registry = &manager->registry;
	cleanup(error_done) struct error error = {};
	int result = 0;

	if (manager->backup_pins < 0)
		return;
	backup_pins_remove_stale(manager->backup_pins, registry, &manager->orphans);
	for (size_t i = 0; result == 0 && i < registry->n_devices; i++)
		result = backup_pins_update(manager->backup_pins, registry->devices[i], &error);
	if (result == 0)
		return;
	events_report_device(
		control->events, LOG_EVENT_NO_BACKUP_PINS, NULL, NULL,
		"cannot keep backup pins with systemd (needed if xdpd's pins are removed): %s",
		error.message ?: "out of memory");
}

/* What runs is kept, and fused later; everything else is queued. */
static void begin(struct control *control)
{
	confirm_timer_check(control->confirm_timer); /* first of all */
	leases_await(control->leases, NULL);
	leases_check(control->leases);
	make_backup_pins(control);
	fuse_timer_begin(control->fuse_timer);
	monitor_begin(control->monitor);
	if (queue_is_empty(control->queue)) {
		end_recovery(control);
		monitor_report(control->monitor);
	}
	fuse_timer_check(control->fuse_timer);
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
	control->loop = loop;
	control->manager.linker = linker;
	control->manager.backup_pins = options->backup_pins;
	control->manager.signing.rules = signing_rules_copy(options->signing);
	control->events = options->events;
	control->manager.grace_period = (struct grace_period){ -1, -1 };
	result = open_directories(control, options, error);
	if (result == 0)
		result = open_sources(control, loop, options, error);
	if (result == 0)
		result = recovery_run(&control->manager, options->events, error);
	if (result == 0) /* before anything is loaded again */
		result = signatures_load(&control->manager, options->events, error);
	if (result < 0)
		return result;
	signatures_report(&control->manager, control->events);
	begin(control);
	*ret = steal(control);
	return 0;
}

bool control_is_idle(const struct control *control)
{
	return queue_is_empty(control->queue);
}

void control_set_timeout(struct control *control, uint64_t usec)
{
	control->change_timeout = usec;
	queue_limit(control->queue, usec);
}

void control_set_signing(struct control *control, const struct signing_rules *rules)
{
	struct signing *signing = &control->manager.signing;

	signing_rules_done(&signing->rules);
	signing->rules = signing_rules_copy(rules);
	signatures_report(&control->manager, control->events);
}

bool control_is_stuck(const struct control *control)
{
	return control->stuck;
}

bool control_stop(struct control *control, uint64_t usec)
{
	if (!control)
		return true;
	tracers_stop(control->tracers);
	if (queue_stop(control->queue, usec))
		return true;
	if (!control->stuck)
		report_job(control,
			   "is not waited for: the daemon stops, and what runs is not affected");
	return false;
}

void control_drop(struct control **p)
{
	struct control *control = steal(*p);

	if (!control)
		return;
	monitor_drop(&control->monitor);
	fuse_timer_drop(&control->fuse_timer);
	if (control->queue)
		queue_stop(control->queue, UINT64_MAX);
	tracers_drop(&control->tracers);
	twins_drop(&control->manager.registry);
	keep_pins(&control->manager.registry);
	queue_drop(&control->queue);
	confirm_timer_drop(&control->confirm_timer);
	leases_drop(&control->leases);
	registry_done(&control->manager.registry);
	signing_rules_done(&control->manager.signing.rules);
	signed_objects_done(&control->manager.signing.objects);
	component_release(&control->manager.drop_program);
	component_release(&control->manager.xdp_drop_program);
	netns_release(&control->manager.home);
	orphans_done(&control->manager.orphans);
	opened_maps_done(&control->manager.opened_maps);
	object_store_drop(&control->manager.store);
	state_directory_drop(&control->manager.state);
	pin_directories_done(&control->manager.directories);
	grace_period_done(&control->manager.grace_period);
	linker_drop(&control->manager.linker);
	free(control);
}

const struct registry *control_registry(const struct control *control)
{
	return &control->manager.registry;
}

const struct change_stats *control_change_stats(const struct control *control)
{
	return &control->change_stats;
}

struct tracers *control_tracers(const struct control *control)
{
	return control->tracers;
}

struct events *control_events(const struct control *control)
{
	return control->events;
}

const struct pin_directories *control_pin_directories(const struct control *control)
{
	return &control->manager.directories;
}

const struct orphans *control_orphans(const struct control *control)
{
	return &control->manager.orphans;
}

const struct linker *control_linker(const struct control *control)
{
	return control->manager.linker;
}

const struct signing *control_signing(const struct control *control)
{
	return &control->manager.signing;
}

const struct object_store *control_store(const struct control *control)
{
	return control->manager.store;
}
