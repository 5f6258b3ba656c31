// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/trace/trace.h"

#include "base/cleanup.h"
#include "daemon/control/trace/trace-job.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/linkers/codegen/trace-plan.h"
#include "daemon/loop/timer.h"
#include "daemon/state/find-device.h"

#include <stdio.h>

int tracers_new(sd_event *loop, struct manager *manager, struct queue *queue, struct tracers **ret,
		struct error *error)
{
	struct tracers *tracers = calloc(1, sizeof(*tracers));

	if (!tracers)
		return error_memory(error);
	tracers->loop = loop;
	tracers->manager = manager;
	tracers->queue = queue;
	LIST_INIT(&tracers->list);
	*ret = tracers;
	return 0;
}

void tracers_stop(struct tracers *tracers)
{
	tracers->stopped = true;
	while (!LIST_EMPTY(&tracers->list))
		tracer_fail(LIST_FIRST(&tracers->list), "xdpd stops", NULL);
}

void tracers_drop(struct tracers **p)
{
	struct tracers *tracers = steal(*p);

	if (!tracers)
		return;
	while (!LIST_EMPTY(&tracers->list)) {
		struct tracer *tracer = LIST_FIRST(&tracers->list);

		tracer_leave(tracer);
		tracer_release(&tracer);
	}
	free(tracers);
}

static void time_is_up(void *userdata)
{
	struct tracer *tracer = userdata;
	struct tracers *tracers = tracer->tracers;
	cleanup(freep) char *sentence = NULL;

	if (asprintf(&sentence, "the time limit of %u seconds has been reached",
		     tracer->options.seconds) < 0)
		sentence = NULL;
	tracer_fail(tracer, sentence ?: "out of memory", NULL);
	tracers_review(tracers);
}

static int find_traced(const struct tracers *tracers, const struct tracer_options *options,
		       struct device **ret, struct error *error)
{
	const struct registry *registry = &tracers->manager->registry;
	const struct device *device;
	int result = find_device_or_fail(registry, options->ifname, options->netns, &device, error);

	if (result < 0)
		return result;
	*ret = registry_find_number(registry, device->number);
	if (!(*ret)->live)
		return error_set(error, ERROR_NO_SUCH_DEVICE, -ENODEV,
				 (*ret)->ifindex ? "%s does not run its chain at present"
						 : "device %s does not exist at present",
				 options->ifname);
	if (tracers_count(tracers, (*ret)->number) == TRACES_MAX)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EUSERS,
				 "%s is traced %d times already; the maximum is %d",
				 options->ifname, TRACES_MAX, TRACES_MAX);
	return 0;
}

int tracers_begin(struct tracers *tracers, struct tracer_options *options,
		  const struct tracer_events *events, void *userdata, struct tracer **ret,
		  struct error *error)
{
	cleanup(tracer_release) struct tracer *tracer = calloc(1, sizeof(*tracer));
	struct device *device;
	int result;

	if (!tracer) {
		tracer_options_done(options);
		return error_memory(error);
	}
	tracer->holders = 1;
	tracer->buffers = RING_BUFFERS_NONE;
	tracer->options = *options;
	*options = (struct tracer_options){};
	result = find_traced(tracers, &tracer->options, &device, error);
	if (result == 0)
		result = timer_new(tracers->loop, CLOCK_MONOTONIC, 0, time_is_up, tracer,
				   &tracer->timer, error);
	if (result < 0)
		return result;
	tracer->number = device->number;
	tracer->events = events;
	tracer->userdata = userdata;
	tracer->tracers = tracers;
	device->twin_is_stale = true;
	*ret = tracer;
	LIST_INSERT_HEAD(&tracers->list, tracer, entry);
	tracer = NULL;
	tracers_review(tracers);
	return 0;
}

void tracers_end(struct tracer **p)
{
	struct tracer *tracer = steal(*p);
	struct tracers *tracers = tracer ? tracer->tracers : NULL;

	if (!tracers)
		return;
	tracer_leave(tracer);
	tracer_release(&tracer);
	tracers_review(tracers);
}

/* Why the device can no longer be traced, to be freed; NULL: it can. */
static char *find_end(const struct tracers *tracers, const struct tracer *tracer)
{
	const struct device *device = registry_find_number(&tracers->manager->registry,
							   tracer->number);
	char *sentence;
	int length = -1;

	if (device && device->live)
		return NULL;
	if (!device)
		length = asprintf(&sentence, "xdpd no longer manages %s", tracer->options.ifname);
	else
		length = asprintf(&sentence,
				  device->ifindex ? "%s no longer runs its chain"
						  : "device %s disappeared",
				  device->ifname);
	return length < 0 ? strdup("out of memory") : sentence;
}

static void end_traces(struct tracers *tracers)
{
	struct tracer *tracer, *next;

	for (tracer = LIST_FIRST(&tracers->list); tracer; tracer = next) {
		cleanup(freep) char *sentence = find_end(tracers, tracer);

		next = LIST_NEXT(tracer, entry);
		if (sentence)
			tracer_fail(tracer, sentence, NULL);
	}
}

/* A rename changes no generation, so clients learn of it without a job. */
static void note_names(struct tracers *tracers)
{
	struct tracer *tracer;

	LIST_FOREACH(tracer, &tracers->list, entry)
	{
		const struct device *device = registry_find_number(&tracers->manager->registry,
								   tracer->number);

		if (device)
			tracer_note_name(tracer, device->ifname);
	}
}

/* Without memory the job is not queued; the next review tries again. */
static void queue_job(struct tracers *tracers, struct device *device)
{
	struct job *job;

	if (trace_job_new(tracers, tracers->manager, device, &job, NULL) < 0)
		return;
	device->twin_is_queued = true;
	queue_add(tracers->queue, job, NULL, NULL);
}

void tracers_review(struct tracers *tracers)
{
	const struct registry *registry = &tracers->manager->registry;

	if (tracers->stopped)
		return;
	end_traces(tracers);
	note_names(tracers);
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->twin_is_stale && !device->twin_is_queued &&
		    (device->twin || tracers_count(tracers, device->number) > 0))
			queue_job(tracers, device);
	}
}
