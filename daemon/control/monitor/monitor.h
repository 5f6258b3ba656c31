#pragma once

#include "daemon/control/pipeline/pipeline.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * Devices and namespaces that appear, disappear and change their names, links that are detached from outside,
 * and the transactions that follow from it: a device that exists runs what is wanted on it.
 */
struct monitor;

/*
 * For the devices of `manager`, whose `home` is set. Transactions go to `queue`, and what happens is reported to
 * `events`. Announcements in the daemon's own namespace are received from here on.
 */
int monitor_new(sd_event *loop, struct manager *manager, struct queue *queue, struct events *events,
		struct monitor **ret, struct error *error);
void monitor_drop(struct monitor **monitor);

/* Once, when the devices of earlier daemons are known: looks for them all. */
void monitor_begin(struct monitor *monitor);

/* That transaction is committed: the monitor looks again where its devices are. */
void monitor_committed(struct monitor *monitor, const struct transaction *transaction);

/* What the daemon found when it started is linked, or cannot be: logs what does not run. */
void monitor_report(struct monitor *monitor);

/* The transaction is not committed: what kept its device from being attached is watched. */
void monitor_failed(struct monitor *monitor, const struct transaction *transaction);

/* That transaction is finished, or, if it is NULL, another job is; what follows from it is queued. */
void monitor_finished(struct monitor *monitor, const struct transaction *transaction);

/* As control_is_linking() and control_when_linked(). */
bool monitor_is_linking(struct monitor *monitor);
int monitor_when_linked(struct monitor *monitor, void (*ready)(void *userdata), void *userdata,
			struct error *error);

/* The `ready` of that userdata is no longer called. */
void monitor_forget(struct monitor *monitor, const void *userdata);
