// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/pipeline.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * Watches devices and namespaces that appear, disappear and are renamed, and links that are detached from
 * outside, and queues the transactions that are needed, so that each device that exists runs its wanted
 * chain.
 */
struct monitor;

/*
 * Watches the devices of `manager`, whose `home` must be set. Transactions go to `queue`, and events to
 * `events`. From here on announcements in the daemon's own namespace are received.
 */
int monitor_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
		struct monitor **ret, struct error *error);
void monitor_drop(struct monitor **monitor);

/* Searches for all devices. Called once, when the devices of earlier daemons are known. */
void monitor_begin(struct monitor *monitor);

/* The transaction is committed: checks where its devices are now. */
void monitor_committed(struct monitor *monitor, const struct transaction *transaction);

/* The start is over: every chain that was wanted is linked, or failed. Logs what does not run. */
void monitor_report(struct monitor *monitor);

/* The transaction failed: watches what prevented its device from being attached. */
void monitor_failed(struct monitor *monitor, const struct transaction *transaction);

/*
 * The transaction, or, if it is NULL, another job has finished: queues the transactions that follow from it.
 */
void monitor_finished(struct monitor *monitor, const struct transaction *transaction);

/* See control_is_linking() and control_when_linked(). */
bool monitor_is_linking(struct monitor *monitor);
int monitor_when_linked(struct monitor *monitor, void (*ready)(void *userdata), void *userdata,
			struct error *error);

/* The `ready` with that userdata is no longer called. */
void monitor_forget(struct monitor *monitor, const void *userdata);
