// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/* Rolls back changes that are not confirmed in time: one timer for all of them. */
struct confirm_timer;

/*
 * `manager` has the devices, the rollbacks go to `queue`, and what they did is reported to `events`. All three outlive
 * it.
 */
int confirm_timer_new(sd_event *loop, struct manager *manager, struct queue *queue,
		      struct events *events, struct confirm_timer **ret, struct error *error);

/* The queue must be stopped and dropped. NULL is fine. */
void confirm_timer_drop(struct confirm_timer **confirm_timer);

/*
 * Queues a rollback for each change that must be rolled back now, and sets the timer for the next of the others. To be
 * called after each job. If a rollback fails, it is tried again a second later.
 */
void confirm_timer_check(struct confirm_timer *confirm_timer);
