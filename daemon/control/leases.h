// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * Components that live as long as the connection of their client. A client that attaches such a component gets
 * a lease; when it disconnects, the lease ends, and each device with components of the lease gets a change
 * that detaches them.
 *
 * The leases of an earlier daemon have ended with its connections. But the client of a lease with a key may connect
 * again and claim the lease: until the end of a time after the start, this daemon keeps its components.
 */
struct leases;

/*
 * `manager` has the devices, the changes go to `queue`, and what they did is reported to `events`. All three outlive
 * it. `reconnect_time`: in which clients of an earlier daemon may claim leases, in microseconds.
 */
int leases_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
	       uint64_t reconnect_time, struct leases **ret, struct error *error);

/* The queue must be stopped and dropped. NULL is fine. */
void leases_drop(struct leases **leases);

/* Begins a lease; its number is in `*ret`. -ENOMEM. */
int leases_begin(struct leases *leases, uint64_t *ret, struct error *error);

/*
 * The same with a key. Errors: -EEXIST if a lease has that key, or had it and components of it are still attached;
 * -ENOMEM.
 */
int leases_begin_keyed(struct leases *leases, const char *key, uint64_t *ret, struct error *error);

/*
 * The registry has the components of an earlier daemon: waits from now on for the clients of their leases. -ENOMEM:
 * none of them can be claimed.
 */
int leases_await(struct leases *leases, struct error *error);

/* Claims the lease with that key from an earlier daemon; false: no such lease is awaited, or it has ended. */
bool leases_claim(struct leases *leases, const char *key, uint64_t *ret);

/* Does the lease end soon, unless its client claims it? */
bool leases_is_awaited(const struct leases *leases, uint64_t lease);

/* Ends it. */
void leases_end(struct leases *leases, uint64_t lease);

/*
 * Queues changes for all devices that have components of ended leases. To be called after each job: a change that
 * ran when the lease ended, or a rollback, may have brought one. If such a change fails, it is tried again a
 * second later.
 */
void leases_check(struct leases *leases);
