// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/manager.h"

#include <stdbool.h>
#include <stdint.h>

/* The checks for devices that drop packets which chains redirect to them. */
struct redirect_checks {
	struct manager *manager; /* not owned */
	struct queue *queue;	 /* not owned */
	bool is_running;	 /* a check is queued */
	uint64_t ended_at;	 /* when the last one ended; CLOCK_MONOTONIC in microseconds */
};

/*
 * Starts a check when the queue is empty, a chain may redirect, and the last check is a second old, because
 * devices and maps change without an announcement. It yields to all other jobs, and writes what it finds
 * into the devices. `checks` must live as long as the queue.
 */
void redirect_checks_start(struct redirect_checks *checks);
