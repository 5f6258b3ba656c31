#pragma once

#include "base/log.h"
#include "daemon/control/pipeline/queue.h"

/*
 * Devices and namespaces that come, go and change their names, links that somebody takes off, and the
 * transactions that follow from it: a device that is there runs what is wanted on it.
 */
struct presence;

/*
 * Of the devices of `workshop`, which has its home; what follows goes to `queue`, sentences for the log
 * to `report`. Announcements in the daemon's own namespace are heard from here on.
 */
int presence_new(sd_event *loop, struct workshop *workshop, struct queue *queue, log_report report,
		 struct presence **ret, struct error *error);
void presence_drop(struct presence **presence);

/* Once, when the devices of earlier daemons are known: looks for them all. */
void presence_begin(struct presence *presence);

/* That transaction is committed: where devices are is looked at anew. */
void presence_committed(struct presence *presence, const struct transaction *transaction);

/* A transaction of that kind is done, as the queue says; what follows from it is queued. */
void presence_finished(struct presence *presence, enum transaction_kind kind, uint64_t number,
		       const struct error *error);

/* As control_is_realising() and control_when_realised(). */
bool presence_is_realising(struct presence *presence);
int presence_when_realised(struct presence *presence, void (*ready)(void *userdata), void *userdata,
			   struct error *error);

/* The `ready` of that userdata is not called any more. */
void presence_forget(struct presence *presence, const void *userdata);
