// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/trace/trace-job.h"

#include "base/cleanup.h"
#include "daemon/control/pipeline/find-targets.h"
#include "daemon/control/trace/twin.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"

#include <stdio.h>

struct trace_job {
	struct job job;
	struct tracers *tracers;
	struct transaction *transaction; /* finds the device and its chain; never submitted */
	size_t n;
	struct tracer *held[TRACES_MAX];
	struct twin_tracer tracers_of[TRACES_MAX]; /* the same ones */
	struct ring_buffers buffers[TRACES_MAX];   /* of those that have none yet */
	struct trace_view view;
	struct generation *built;
	bool swapped; /* packets run `built`, or the live generation if it is NULL */
};

static struct trace_job *trace_job_of(const struct job *job)
{
	return (struct trace_job *)job;
}

static struct device *find_device(const struct trace_job *job)
{
	return registry_find_number(&job->transaction->manager->registry, job->transaction->number);
}

static void begin(struct job *job)
{
	struct trace_job *trace_job = trace_job_of(job);
	struct device *device = find_device(trace_job);

	transaction_begin(trace_job->transaction);
	if (!device)
		return;
	device->twin_is_stale = device->twin_is_queued = false;
	trace_job->n = tracers_hold(trace_job->tracers, device->number, trace_job->held);
	for (size_t i = 0; i < trace_job->n; i++) {
		trace_job->tracers_of[i].options = &trace_job->held[i]->options;
		trace_job->tracers_of[i].buffers = &trace_job->held[i]->buffers;
	}
}

static int open_buffers(struct trace_job *job)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < job->n; i++) {
		if (job->tracers_of[i].buffers->map_fd >= 0)
			continue;
		result = ring_buffers_open(&job->buffers[i], job->job.error);
		job->tracers_of[i].buffers = &job->buffers[i];
	}
	return result;
}

static int swap_in(struct trace_job *job)
{
	struct transaction *transaction = job->transaction;
	struct target *target = transaction->targets;
	int result = open_buffers(job) ?: find_targets(transaction);

	if (result == 0)
		result = twin_swap_in(transaction, target, job->n, job->tracers_of, &job->view);
	job->built = steal(target->built);
	return result;
}

static void work(struct job *job)
{
	struct trace_job *trace_job = trace_job_of(job);
	const struct device *device = find_device(trace_job);
	int result;

	if (!device || !device->live || !device->attachment)
		return;
	result = trace_job->n ? swap_in(trace_job) : twin_swap_out(device, job->error);
	if (result == 0 && trace_job->n && !trace_job->built) /* all tracers are refused */
		result = twin_swap_out(device, job->error);
	trace_job->swapped = result == 0;
}

/* Packets run something else than before. */
static void commit(struct trace_job *job, struct device *device)
{
	struct generation *old;

	if (!job->swapped)
		return;
	old = steal(device->twin);
	device->twin = steal(job->built);
	attachment_commit(device->attachment);
	generation_release(&old);
}

static void tell(struct trace_job *job, const struct device *device)
{
	job->view.ifname = device->ifname;
	job->view.netns = device->netns_path;
	job->view.generation = device->generation;
	for (size_t i = 0; i < job->n; i++) {
		const struct error *refused = &job->tracers_of[i].refused;

		if (refused->id != ERROR_NONE)
			tracer_fail(job->held[i], NULL, refused);
		else
			tracer_note(job->held[i], &job->view);
	}
}

/*
 * New tracers end with the error, because the twin for the others may still run. If there are none, all end.
 */
static void fail(struct trace_job *job, struct device *device)
{
	bool any_new = false;

	for (size_t i = 0; i < job->n; i++)
		any_new |= !job->held[i]->begun;
	for (size_t i = 0; i < job->n; i++)
		if (!any_new || !job->held[i]->begun)
			tracer_fail(job->held[i], NULL, job->job.error);
	if (device)
		device->twin_is_stale = true;
}

static bool worked(struct job *job)
{
	struct trace_job *trace_job = trace_job_of(job);
	struct device *device = find_device(trace_job);

	for (size_t i = 0; i < trace_job->n; i++) {
		if (trace_job->held[i]->buffers.map_fd >= 0)
			continue;
		trace_job->held[i]->buffers = trace_job->buffers[i];
		trace_job->buffers[i] = RING_BUFFERS_NONE;
	}
	if (device)
		commit(trace_job, device);
	job->succeeded = job->error->id == ERROR_NONE;
	if (!job->succeeded)
		fail(trace_job, device);
	else if (device && trace_job->swapped)
		tell(trace_job, device);
	return false;
}

/* The daemon stops; what packets run is swapped out later. */
static void stop(struct job *job)
{
	struct trace_job *trace_job = trace_job_of(job);
	struct device *device = find_device(trace_job);

	if (device)
		commit(trace_job, device);
}

static char *describe(const struct job *job)
{
	char *text;

	return asprintf(&text, "tracing %s", trace_job_of(job)->transaction->ifname) < 0 ? NULL
											 : text;
}

static const void *get_result(const struct job *job)
{
	return &trace_job_of(job)->view;
}

static void drop(struct job *job)
{
	struct trace_job *trace_job = trace_job_of(job);

	for (size_t i = 0; i < TRACES_MAX; i++) {
		error_done(&trace_job->tracers_of[i].refused);
		ring_buffers_done(&trace_job->buffers[i]);
		tracer_release(&trace_job->held[i]);
	}
	generation_release(&trace_job->built);
	trace_view_done(&trace_job->view);
	transaction_drop(&trace_job->transaction);
	free(trace_job);
}

static const struct job_step steps[] = { { work, worked } };

static const struct job_type trace_job_type = {
	.describe = describe,
	.begin = begin,
	.n_steps = array_size(steps),
	.steps = steps,
	.stop = stop,
	.result = get_result,
	.drop = drop,
};

int trace_job_new(struct tracers *tracers, struct manager *manager, const struct device *device,
		  struct job **ret, struct error *error)
{
	struct trace_job *job = calloc(1, sizeof(*job));
	int result;

	if (!job)
		return error_memory(error);
	result = transaction_new_for_device(manager, TRANSACTION_FUSE, device, &job->transaction,
					    error);
	if (result < 0) {
		free(job);
		return result;
	}
	job->tracers = tracers;
	job->job.type = &trace_job_type;
	job->job.error = &job->transaction->error;
	for (size_t i = 0; i < TRACES_MAX; i++)
		job->buffers[i] = RING_BUFFERS_NONE;
	*ret = &job->job;
	return 0;
}
