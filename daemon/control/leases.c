// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/leases.h"

#include "base/cleanup.h"
#include "daemon/control/edit/expire.h"
#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/control/pipeline/pipeline.h"
#include "daemon/loop/timer.h"
#include "daemon/state/rollback.h"

#define RETRY 1000000 /* microseconds */

struct leases {
	struct manager *manager; /* not owned, like the next two */
	struct queue *queue;
	struct events *events;
	struct timer *timer;
	uint64_t last;
	size_t n_live;
	uint64_t *live;	 /* the numbers of the leases that have not ended */
	size_t n_queued; /* changes that are not decided yet */
	bool waits;	 /* for the timer, because a change failed */
	bool failing;	 /* the last change failed, which was reported */
};

static void retry(void *userdata)
{
	struct leases *leases = userdata;

	leases->waits = false;
	leases_check(leases);
}

int leases_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
	       struct leases **ret, struct error *error)
{
	cleanup(leases_drop) struct leases *leases = calloc(1, sizeof(*leases));
	int result;

	if (!leases)
		return error_memory(error);
	leases->manager = manager;
	leases->queue = queue;
	leases->events = events;
	result = timer_new(loop, CLOCK_MONOTONIC, 0, retry, leases, &leases->timer, error);
	if (result == 0)
		*ret = steal(leases);
	return result;
}

void leases_drop(struct leases **p)
{
	struct leases *leases = steal(*p);

	if (!leases)
		return;
	timer_drop(&leases->timer);
	free(leases->live);
	free(leases);
}

int leases_begin(struct leases *leases, uint64_t *ret, struct error *error)
{
	uint64_t *longer = reallocarray(leases->live, leases->n_live + 1, sizeof(*longer));

	if (!longer)
		return error_memory(error);
	leases->live = longer;
	*ret = longer[leases->n_live++] = ++leases->last;
	return 0;
}

void leases_end(struct leases *leases, uint64_t lease)
{
	for (size_t i = 0; i < leases->n_live; i++)
		if (leases->live[i] == lease) {
			leases->live[i] = leases->live[--leases->n_live];
			break;
		}
	leases_check(leases);
}

static bool has_ended(const struct leases *leases, uint64_t lease)
{
	if (lease == LEASE_NONE)
		return false;
	for (size_t i = 0; i < leases->n_live; i++)
		if (leases->live[i] == lease)
			return false;
	return true;
}

/* Adds the ended leases of the chain. -ENOMEM. */
static int add_ended(const struct leases *leases, const struct chain *chain,
		     struct expire_options *options)
{
	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];
		uint64_t *longer;

		if (!has_ended(leases, entry->lease) || expire_concerns(options, entry))
			continue;
		longer = reallocarray(options->leases, options->n_leases + 1, sizeof(*longer));
		if (!longer)
			return -ENOMEM;
		options->leases = longer;
		longer[options->n_leases++] = entry->lease;
	}
	return 0;
}

/* The change that detaches what has ended on the device; NULL: nothing has, or there is no memory. */
static struct change *expire(const struct leases *leases, const struct device *device)
{
	cleanup(change_drop) struct change *change = NULL;
	struct expire_options options = { .number = device->number };
	int result = add_ended(leases, &device->chain, &options);

	if (result == 0 && device->rollback)
		result = add_ended(leases, &device->rollback->chain, &options);
	if (result == 0 && options.n_leases > 0)
		result = change_new(&change_kinds[CHANGE_EXPIRE], &change, NULL);
	if (!change) {
		expire_options_done(&options);
		return NULL;
	}
	*(struct expire_options *)change->options = options;
	return steal(change);
}

static void report_expired(const struct leases *leases, const struct change_result *result)
{
	for (size_t i = 0; i < result->n_devices; i++) {
		const struct device_result *device = &result->devices[i];

		if (device->name)
			events_report_device(leases->events, LOG_EVENT_EXPIRED, device->ifname,
					     device->netns,
					     "%s no longer runs %s, because the client "
					     "disconnected",
					     device->ifname, device->name);
	}
}

/* Reports only the first of several failures in a row. */
static void report_failure(struct leases *leases, const struct error *error)
{
	if (!leases->failing)
		events_report_device(
			leases->events, LOG_EVENT_NOT_EXPIRED, NULL, NULL,
			"a component whose client disconnected cannot be detached; xdpd "
			"retries every second: %s",
			error->message ?: "out of memory");
	leases->failing = true;
}

static void expired(void *userdata, const void *result, const struct error *error)
{
	struct leases *leases = userdata;

	leases->n_queued--;
	if (result) {
		leases->failing = false;
		report_expired(leases, result);
		return;
	}
	report_failure(leases, error);
	if (!leases->waits) {
		leases->waits = true;
		timer_set_relative(leases->timer, RETRY);
	}
}

void leases_check(struct leases *leases)
{
	const struct registry *registry = &leases->manager->registry;

	if (leases->n_queued > 0 || leases->waits)
		return;
	for (size_t i = 0; i < registry->n_devices; i++) {
		struct change *change = expire(leases, registry->devices[i]);

		if (change && pipeline_submit_change(leases->queue, leases->manager, change,
						     expired, leases, NULL) == 0)
			leases->n_queued++;
	}
}
