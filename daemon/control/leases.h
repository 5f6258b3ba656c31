// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

struct change;
struct change_result;

/*
 * Components that live as long as the connection of their client. A client that attaches such a component gets
 * a lease; when it disconnects, the lease ends, and each device with components of the lease gets a change
 * that detaches them. A lease of an earlier daemon has ended, because its connections have.
 */
struct leases;

struct leases_events {
	/* Submits a change, and takes it; leases_decided() must be called with the result. */
	int (*submit)(void *userdata, struct change *change);
};

/* `registry` outlives it. */
int leases_new(sd_event *loop, const struct registry *registry, const struct leases_events *events,
	       void *userdata, struct leases **ret, struct error *error);
void leases_drop(struct leases **leases);

/* Begins a lease; its number is in `*ret`. -ENOMEM. */
int leases_begin(struct leases *leases, uint64_t *ret, struct error *error);

/* Ends it. */
void leases_end(struct leases *leases, uint64_t lease);

/*
 * Submits changes for all devices that have components of ended leases. To be called after each job: a change that
 * ran when the lease ended, or a rollback, may have brought one. If such a change fails, it is tried again a
 * second later.
 */
void leases_check(struct leases *leases);

/* One of these changes has been decided. True: it failed, for the first time since one succeeded. */
bool leases_decided(struct leases *leases, bool failed);
