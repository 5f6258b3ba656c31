// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/change-stats.h"

#include "base/cleanup.h"
#include "base/clock.h"

#include <assert.h>
#include <time.h>

const uint64_t change_bucket_bounds[CHANGE_BUCKETS] = { 1000,	  2500,	   5000,    10000,
							25000,	  50000,   100000,  250000,
							500000,	  1000000, 2500000, 5000000,
							10000000, 30000000 };

/* Transactions that the daemon starts by itself. */
static const char *const others[] = {
	[TRANSACTION_CHANGE] = NULL, [TRANSACTION_GONE] = "Leave", [TRANSACTION_LOST] = "Lost",
	[TRANSACTION_FUSE] = "Fuse", [TRANSACTION_LINK] = "Link",
};
static_assert(array_size(others) == CHANGE_COUNTS - CHANGE_KIND_COUNT, "every kind has a place");

const char *change_stats_name(size_t place)
{
	if (place >= CHANGE_KIND_COUNT)
		return others[place - CHANGE_KIND_COUNT];
	return place == CHANGE_NONE ? NULL : change_kinds[place].name;
}

static size_t find_place(const struct transaction *transaction)
{
	return transaction->kind == TRANSACTION_CHANGE
		       ? (size_t)(transaction->change->kind - change_kinds)
		       : CHANGE_KIND_COUNT + (size_t)transaction->kind;
}

static bool is_counted(const struct transaction *transaction)
{
	bool is_abandoned = !transaction->committed && atomic_load(&transaction->job.abandoned);

	return change_stats_name(find_place(transaction)) && !is_abandoned &&
	       !(transaction->change && transaction->change->dry_run);
}

static uint64_t age(const struct transaction *transaction)
{
	return clock_usec(CLOCK_MONOTONIC) - transaction->begun_at;
}

static void add_duration(struct change_stats *stats, uint64_t usec)
{
	size_t bucket = 0;

	while (bucket < CHANGE_BUCKETS && usec > change_bucket_bounds[bucket])
		bucket++;
	stats->buckets[bucket]++;
	stats->usec += usec;
}

static size_t count_restored(const struct transaction *transaction)
{
	size_t count = 0;

	for (size_t i = 0; transaction->kind == TRANSACTION_LINK && i < transaction->n_targets; i++)
		count += transaction->targets[i].device->is_reattaching &&
			 transaction->targets[i].device->live;
	return count;
}

void change_stats_add(struct change_stats *stats, const struct transaction *transaction)
{
	struct change_count *count = &stats->counts[find_place(transaction)];

	if (!is_counted(transaction))
		return;
	if (transaction->committed)
		count->n_succeeded++;
	else
		count->n_failed++;
	add_duration(stats, age(transaction));
	if (transaction->committed)
		stats->n_restored += count_restored(transaction);
}
