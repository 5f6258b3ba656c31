// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/control/transaction/transaction.h"

#define CHANGE_BUCKETS 14
#define CHANGE_COUNTS  (CHANGE_KIND_COUNT + TRANSACTION_LINK + 1)

/* Counts and durations of each kind of change since the daemon started. */
struct change_stats {
	struct change_count {
		uint64_t n_succeeded;
		uint64_t n_failed;
	} counts[CHANGE_COUNTS];
	/*
	 * Each change is counted in the first bucket whose bound it does not exceed; the last bucket has no
	 * bound.
	 */
	uint64_t buckets[CHANGE_BUCKETS + 1];
	uint64_t usec;	     /* the sum of all durations */
	uint64_t n_restored; /* chains attached again after they were detached from outside */
};

/* Upper bounds of the buckets, in microseconds. */
extern const uint64_t change_bucket_bounds[CHANGE_BUCKETS];

/* The name of that row, such as "Attach" or "Fuse"; NULL: the row counts nothing. */
const char *change_stats_name(size_t place);

/*
 * Counts a transaction. On the loop, after it was decided, and before announce_decided(). Dry runs, tests
 * and abandoned transactions are not counted.
 */
void change_stats_add(struct change_stats *stats, const struct transaction *transaction);
