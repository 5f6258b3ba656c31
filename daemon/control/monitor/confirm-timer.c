// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/monitor/confirm-timer.h"

#include "base/cleanup.h"
#include "daemon/control/edit/confirm.h"
#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/control/pipeline/pipeline.h"
#include "daemon/loop/timer.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <string.h>

#define RETRY 1000000ull /* microseconds */

struct confirm_timer {
	struct manager *manager; /* not owned, like the next two */
	struct queue *queue;
	struct events *events;
	struct timer *timer;
	size_t n_queued; /* rollbacks that are not decided yet */
};

static void fire(void *userdata)
{
	confirm_timer_check(userdata);
}

int confirm_timer_new(sd_event *loop, struct manager *manager, struct queue *queue,
		      struct events *events, struct confirm_timer **ret, struct error *error)
{
	cleanup(confirm_timer_drop) struct confirm_timer *confirm_timer =
		calloc(1, sizeof(*confirm_timer));
	int result;

	if (!confirm_timer)
		return error_memory(error);
	confirm_timer->manager = manager;
	confirm_timer->queue = queue;
	confirm_timer->events = events;
	result = timer_new(loop, CLOCK_BOOTTIME, 1, fire, confirm_timer, &confirm_timer->timer,
			   error);
	if (result == 0)
		*ret = steal(confirm_timer);
	return result;
}

void confirm_timer_drop(struct confirm_timer **p)
{
	struct confirm_timer *confirm_timer = steal(*p);

	if (!confirm_timer)
		return;
	timer_drop(&confirm_timer->timer);
	free(confirm_timer);
}

/* Devices that are rolled back together are counted once. */
static bool is_first(const struct registry *registry, size_t number)
{
	uint64_t change = registry->devices[number]->rollback->change;

	for (size_t i = 0; i < number; i++)
		if (registry->devices[i]->rollback &&
		    registry->devices[i]->rollback->change == change)
			return false;
	return true;
}

/* How many changes must be rolled back now. Sets the timer for the next of the others. */
static size_t count_overdue(struct confirm_timer *confirm_timer)
{
	const struct registry *registry = &confirm_timer->manager->registry;
	uint64_t now = rollback_now(), next = UINT64_MAX;
	size_t n_overdue = 0;

	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct rollback *rollback = registry->devices[i]->rollback;

		if (!rollback)
			continue;
		if (rollback_due(rollback) <= now)
			n_overdue += is_first(registry, i);
		else if (rollback_due(rollback) < next)
			next = rollback_due(rollback);
	}
	if (next == UINT64_MAX)
		timer_stop(confirm_timer->timer);
	else
		timer_set(confirm_timer->timer, next);
	return n_overdue;
}

/* The change that was due is tried again a little later. Was this the first attempt? */
static bool retry(const struct registry *registry, const struct error *error)
{
	const struct device *first = registry_next_rollback(registry);
	uint64_t change = first ? first->rollback->change : 0;
	bool is_new = first && !first->rollback->retry_at;

	for (size_t i = 0; first && i < registry->n_devices; i++) {
		struct rollback *rollback = registry->devices[i]->rollback;

		if (!rollback || rollback->change != change)
			continue;
		rollback->retry_at = rollback_now() + RETRY;
		free(rollback->failure);
		rollback->failure = strdup(error->message ?: "out of memory");
	}
	return is_new;
}

/* No client waits for this answer, so it is reported. */
static void report_reverted(struct events *events, const struct change_result *result)
{
	for (size_t i = 0; i < result->n_devices; i++) {
		const char *ifname = result->devices[i].ifname;

		events_report_device(
			events, LOG_EVENT_ROLLED_BACK, ifname, result->devices[i].netns,
			"the change of %s was not confirmed in time and has been rolled back",
			ifname);
	}
}

static void reverted(void *userdata, const void *result, const struct error *error)
{
	struct confirm_timer *confirm_timer = userdata;

	confirm_timer->n_queued--;
	if (result)
		report_reverted(confirm_timer->events, result);
	else if (retry(&confirm_timer->manager->registry, error))
		events_report_device(confirm_timer->events, LOG_EVENT_NOT_ROLLED_BACK, NULL, NULL,
				     "a change that was not confirmed in time cannot be rolled "
				     "back; xdpd retries "
				     "every second: %s",
				     error->message ?: "out of memory");
}

/* The pipeline decides which change is rolled back when the transaction's turn comes. */
static int queue_rollback(struct confirm_timer *confirm_timer)
{
	struct confirm_options *options;
	struct change *change;
	int result = change_new(&change_kinds[CHANGE_REVERT], &change, NULL);

	if (result < 0)
		return result;
	options = change->options;
	options->overdue = true;
	return pipeline_submit_change(confirm_timer->queue, confirm_timer->manager, change,
				      reverted, confirm_timer, NULL);
}

void confirm_timer_check(struct confirm_timer *confirm_timer)
{
	size_t n_overdue = count_overdue(confirm_timer);

	while (confirm_timer->n_queued < n_overdue) {
		if (queue_rollback(confirm_timer) < 0)
			return; /* the end of any job is the next time to try */
		confirm_timer->n_queued++;
	}
}
