// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/fuse-timer.h"

#include "base/cleanup.h"
#include "daemon/control/pipeline/pipeline.h"
#include "daemon/linkers/linker.h"
#include "daemon/loop/timer.h"
#include "daemon/state/device.h"

#include <string.h>

#define RETRY 2000000 /* microseconds, at least */

struct fuse_timer {
	struct manager *manager; /* not owned, like the queue */
	struct queue *queue;
	struct timer *timer;
	uint64_t quiet;
};

static void fire(void *userdata)
{
	fuse_timer_check(userdata);
}

int fuse_timer_new(sd_event *loop, uint64_t quiet, struct manager *manager, struct queue *queue,
		   struct fuse_timer **ret, struct error *error)
{
	cleanup(fuse_timer_drop) struct fuse_timer *fuse_timer = calloc(1, sizeof(*fuse_timer));
	int result;

	if (!fuse_timer)
		return error_memory(error);
	fuse_timer->manager = manager;
	fuse_timer->queue = queue;
	fuse_timer->quiet = quiet;
	result = timer_new(loop, CLOCK_MONOTONIC, 0, fire, fuse_timer, &fuse_timer->timer, error);
	if (result == 0)
		*ret = steal(fuse_timer);
	return result;
}

void fuse_timer_drop(struct fuse_timer **p)
{
	struct fuse_timer *fuse_timer = steal(*p);

	if (!fuse_timer)
		return;
	timer_drop(&fuse_timer->timer);
	free(fuse_timer);
}

/* The chain was fused, or cannot be fused for the reason in `error`; NULL: it was fused. */
static void end(struct device *device, const struct error *error)
{
	device->fuse_at = 0;
	free(device->fuse_failure);
	device->fuse_failure = error ? strdup(error->message ?: "out of memory") : NULL;
}

/* The chain has changed, so its time starts again. */
static void restart(const struct fuse_timer *fuse_timer, struct device *device)
{
	end(device, NULL);
	device->fuse_at = timer_now(fuse_timer->timer) + fuse_timer->quiet;
}

/* The chain could not be fused for the temporary reason in `error`, so it is tried again later. */
static void retry(const struct fuse_timer *fuse_timer, struct device *device,
		  const struct error *error)
{
	end(device, error);
	device->fuse_at = timer_now(fuse_timer->timer) +
			  (fuse_timer->quiet > RETRY ? fuse_timer->quiet : RETRY);
}

static bool fuses(const struct fuse_timer *fuse_timer)
{
	return fuse_timer->manager->linker->type->fuse;
}

/* Some chains are built as one program from the beginning. */
static bool is_fused(const struct device *device)
{
	return device->live && !device->live->made_by->extends;
}

static bool will_be_fused(const struct fuse_timer *fuse_timer, const struct device *device)
{
	return fuses(fuse_timer) && !device->config.interop && !device->config.suspended &&
	       !is_fused(device);
}

void fuse_timer_begin(struct fuse_timer *fuse_timer)
{
	const struct registry *registry = &fuse_timer->manager->registry;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->ifindex && !device_is_incomplete(device) &&
		    will_be_fused(fuse_timer, device))
			restart(fuse_timer, device);
	}
}

static void fusing_decided(const struct fuse_timer *fuse_timer,
			   const struct transaction *transaction)
{
	const struct error *error = &transaction->error;
	struct device *device = registry_find_number(&fuse_timer->manager->registry,
						     transaction->number);

	if (device && error->id == ERROR_DEVICE_BUSY)
		retry(fuse_timer, device, error);
	else if (device)
		end(device, error->id == ERROR_NONE ? NULL : error);
}

static void change_decided(const struct fuse_timer *fuse_timer,
			   const struct transaction *transaction)
{
	for (size_t i = 0; i < transaction->n_targets; i++) {
		const struct target *target = &transaction->targets[i];

		if (target->release || !will_be_fused(fuse_timer, target->device))
			end(target->device, NULL);
		else if (target->ifindex && !target->stays)
			restart(fuse_timer, target->device);
	}
}

void fuse_timer_decided(struct fuse_timer *fuse_timer, const struct transaction *transaction)
{
	bool failed = transaction->error.id != ERROR_NONE;

	if (!fuses(fuse_timer) || (failed && atomic_load(&transaction->job.abandoned)))
		return;
	if (transaction->kind == TRANSACTION_FUSE)
		fusing_decided(fuse_timer, transaction);
	else if (!failed)
		change_decided(fuse_timer, transaction);
}

/* A device whose time has come. NULL: no device's time has come, and the timer is set for the next one. */
static struct device *find_due(const struct fuse_timer *fuse_timer)
{
	const struct registry *registry = &fuse_timer->manager->registry;
	struct device *next = NULL;

	for (size_t i = 0; i < registry->n_devices; i++) {
		struct device *device = registry->devices[i];

		if (device->fuse_at && (!next || device->fuse_at < next->fuse_at))
			next = device;
	}
	if (!next || next->fuse_at <= timer_now(fuse_timer->timer))
		return next;
	timer_set(fuse_timer->timer, next->fuse_at);
	return NULL;
}

/* Chains are fused only when the queue is empty, so that no change waits longer than it must. */
void fuse_timer_check(struct fuse_timer *fuse_timer)
{
	struct transaction *transaction;
	struct device *device;

	if (!queue_is_empty(fuse_timer->queue))
		return;
	device = find_due(fuse_timer);
	if (device && transaction_new_for_device(fuse_timer->manager, TRANSACTION_FUSE, device,
						 &transaction, NULL) == 0)
		pipeline_submit(fuse_timer->queue, transaction, NULL, NULL);
}
