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
	uint64_t *live; /* leases that have not ended; there is room for the awaited ones */
	struct timer *reconnect_timer; /* no lease is awaited any longer */
	uint64_t reconnect_time;       /* microseconds */
	size_t n_awaited;
	uint64_t *awaited; /* leases of an earlier daemon that clients may claim */
	size_t n_queued;   /* changes that are not decided yet */
	bool waits;	   /* for the timer, because a change failed */
	bool failing;	   /* the last change failed, which was reported */
};

static void retry(void *userdata)
{
	struct leases *leases = userdata;

	leases->waits = false;
	leases_check(leases);
}

static void give_up(void *userdata)
{
	struct leases *leases = userdata;

	leases->n_awaited = 0;
	leases_check(leases);
}

int leases_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
	       uint64_t reconnect_time, struct leases **ret, struct error *error)
{
	cleanup(leases_drop) struct leases *leases = calloc(1, sizeof(*leases));
	int result;

	if (!leases)
		return error_memory(error);
	leases->manager = manager;
	leases->queue = queue;
	leases->events = events;
	leases->reconnect_time = reconnect_time;
	result = timer_new(loop, CLOCK_MONOTONIC, 0, retry, leases, &leases->timer, error);
	if (result == 0)
		result = timer_new(loop, CLOCK_MONOTONIC, 0, give_up, leases,
				   &leases->reconnect_timer, error);
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
	timer_drop(&leases->reconnect_timer);
	free(leases->live);
	free(leases->awaited);
	free(leases);
}

static bool contains(const uint64_t *numbers, size_t n, uint64_t number)
{
	for (size_t i = 0; i < n; i++)
		if (numbers[i] == number)
			return true;
	return false;
}

static void take_out(uint64_t *numbers, size_t *n, uint64_t number)
{
	for (size_t i = 0; i < *n; i++)
		if (numbers[i] == number) {
			numbers[i] = numbers[--*n];
			return;
		}
}

static int reserve(struct leases *leases, size_t n, struct error *error)
{
	uint64_t *longer = reallocarray(leases->live, n, sizeof(*longer));

	if (!longer)
		return error_memory(error);
	leases->live = longer;
	return 0;
}

static int begin(struct leases *leases, uint64_t number, uint64_t *ret, struct error *error)
{
	int result = reserve(leases, leases->n_live + leases->n_awaited + 1, error);

	if (result == 0)
		*ret = leases->live[leases->n_live++] = number;
	return result;
}

int leases_begin(struct leases *leases, uint64_t *ret, struct error *error)
{
	return begin(leases, ++leases->last, ret, error);
}

/* Calls the visitor with each chain that may have components of leases, until it returns false. */
static bool each_chain(const struct leases *leases,
		       bool (*visit)(const struct chain *chain, void *userdata), void *userdata)
{
	const struct registry *registry = &leases->manager->registry;

	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (!visit(&device->chain, userdata) ||
		    (device->rollback && !visit(&device->rollback->chain, userdata)))
			return false;
	}
	return true;
}

static bool has_none_of(const struct chain *chain, void *userdata)
{
	const uint64_t *lease = userdata;

	for (size_t i = 0; i < chain->n_entries; i++)
		if (chain->entries[i].lease == *lease)
			return false;
	return true;
}

int leases_begin_keyed(struct leases *leases, const char *key, uint64_t *ret, struct error *error)
{
	uint64_t number = lease_number(key);

	if (contains(leases->live, leases->n_live, number) ||
	    !each_chain(leases, has_none_of, &number))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EEXIST,
				 "Lease: another connection has used this key; choose a new one");
	return begin(leases, number, ret, error);
}

struct awaiting {
	struct leases *leases;
	struct error *error;
	int result;
};

static bool await(const struct chain *chain, void *userdata)
{
	struct awaiting *awaiting = userdata;
	struct leases *leases = awaiting->leases;

	for (size_t i = 0; i < chain->n_entries; i++) {
		uint64_t lease = chain->entries[i].lease;
		uint64_t *longer;

		if (!lease_has_key(lease) || contains(leases->awaited, leases->n_awaited, lease))
			continue;
		longer = reallocarray(leases->awaited, leases->n_awaited + 1, sizeof(*longer));
		if (!longer) {
			awaiting->result = error_memory(awaiting->error);
			return false;
		}
		leases->awaited = longer;
		longer[leases->n_awaited++] = lease;
	}
	return true;
}

int leases_await(struct leases *leases, struct error *error)
{
	struct awaiting awaiting = { .leases = leases, .error = error };

	if (leases->reconnect_time > 0)
		each_chain(leases, await, &awaiting);
	if (awaiting.result == 0 && leases->n_awaited > 0)
		awaiting.result = reserve(leases, leases->n_live + leases->n_awaited, error);
	if (awaiting.result < 0)
		leases->n_awaited = 0;
	if (leases->n_awaited > 0)
		timer_set_relative(leases->reconnect_timer, leases->reconnect_time);
	return awaiting.result;
}

bool leases_claim(struct leases *leases, const char *key, uint64_t *ret)
{
	uint64_t number = lease_number(key);

	if (!leases_is_awaited(leases, number))
		return false;
	take_out(leases->awaited, &leases->n_awaited, number);
	*ret = leases->live[leases->n_live++] = number;
	return true;
}

bool leases_is_awaited(const struct leases *leases, uint64_t lease)
{
	return contains(leases->awaited, leases->n_awaited, lease);
}

void leases_end(struct leases *leases, uint64_t lease)
{
	take_out(leases->live, &leases->n_live, lease);
	leases_check(leases);
}

static bool has_ended(const struct leases *leases, uint64_t lease)
{
	return lease != LEASE_NONE && !contains(leases->live, leases->n_live, lease) &&
	       !leases_is_awaited(leases, lease);
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
