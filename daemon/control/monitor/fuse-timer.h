// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/transaction.h"

/*
 * Fuses chains that have been unchanged for long enough: one time for each device, and one timer for all of them. Does
 * nothing for a linker that never fuses a chain later.
 */
struct fuse_timer;

/*
 * `quiet` is how long a chain must be unchanged, in microseconds. `manager` has the devices, the transactions go to
 * `queue`, and both outlive it.
 */
int fuse_timer_new(sd_event *loop, uint64_t quiet, struct manager *manager, struct queue *queue,
		   struct fuse_timer **ret, struct error *error);
void fuse_timer_drop(struct fuse_timer **fuse_timer);

/* Chains of earlier daemons that are not fused yet will be. */
void fuse_timer_begin(struct fuse_timer *fuse_timer);

/*
 * The transaction is committed, or has failed: the time of a changed chain starts, and that of a chain that was fused,
 * or cannot be, ends.
 */
void fuse_timer_decided(struct fuse_timer *fuse_timer, const struct transaction *transaction);

/* After each job: if the queue is empty, queues the fusing of the next chain whose time has come. */
void fuse_timer_check(struct fuse_timer *fuse_timer);
