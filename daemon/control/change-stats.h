#pragma once

#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/control/transaction/transaction.h"

#define CHANGE_BUCKETS 14
#define CHANGE_COUNTS  (CHANGE_KIND_COUNT + TRANSACTION_LINK + 1)

/* How often each kind of change was made, and how long that took, since the daemon started. */
struct change_stats {
	struct change_count {
		uint64_t n_succeeded;
		uint64_t n_failed;
	} counts[CHANGE_COUNTS];
	/* Each is counted in the first bucket whose bound it does not exceed; the last one has no bound. */
	uint64_t buckets[CHANGE_BUCKETS + 1];
	uint64_t usec;	     /* all of them together */
	uint64_t n_restored; /* chains attached again after they were detached from outside */
};

/* Upper bounds of the buckets, in microseconds. */
extern const uint64_t change_bucket_bounds[CHANGE_BUCKETS];

/* What is counted at that place, such as "Attach" or "Fuse"; NULL: nothing. */
const char *change_stats_name(size_t place);

/*
 * On the loop, when the transaction was decided, and before announce_decided(). A transaction that was only to
 * show or to try something is not counted, nor one that was abandoned.
 */
void change_stats_add(struct change_stats *stats, const struct transaction *transaction);
