// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * Components that live as long as the connection of their client. A client that attaches such a component gets
 * a lease; when it disconnects, the lease ends, and each device with components of the lease gets a change
 * that detaches them. A lease of an earlier daemon has ended, because its connections have.
 */
struct leases;

/*
 * `manager` has the devices, the changes go to `queue`, and what they did is reported to `events`. All three outlive
 * it.
 */
int leases_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
	       struct leases **ret, struct error *error);

/* The queue must be stopped and dropped. NULL is fine. */
void leases_drop(struct leases **leases);

/* Begins a lease; its number is in `*ret`. -ENOMEM. */
int leases_begin(struct leases *leases, uint64_t *ret, struct error *error);

/* Ends it. */
void leases_end(struct leases *leases, uint64_t lease);

/*
 * Queues changes for all devices that have components of ended leases. To be called after each job: a change that
 * ran when the lease ended, or a rollback, may have brought one. If such a change fails, it is tried again a
 * second later.
 */
void leases_check(struct leases *leases);
