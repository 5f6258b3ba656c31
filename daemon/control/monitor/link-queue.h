// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/transaction.h"

/*
 * The queued transactions that link the chains of devices which do not run them, at most one for each device, and the
 * callers that wait until none is left.
 */
struct link_queue;

/* `manager` and `queue`, where the transactions go, outlive it. */
int link_queue_new(struct manager *manager, struct queue *queue, struct link_queue **ret,
		   struct error *error);
void link_queue_drop(struct link_queue **links);

/*
 * Queues a transaction of that kind for the device, TRANSACTION_LINK or TRANSACTION_LOST, unless one of either kind is
 * queued already; without memory too, nothing is queued.
 */
void link_queue_add(struct link_queue *links, enum transaction_kind kind, struct device *device);

/* Such a transaction has ended. Returns its device; NULL: xdpd no longer manages it. */
struct device *link_queue_end(struct link_queue *links, const struct transaction *transaction);

/* Is no such transaction queued? */
bool link_queue_is_empty(const struct link_queue *links);

/* Calls `ready` once, in link_queue_tell(). -ENOMEM. */
int link_queue_when_empty(struct link_queue *links, void (*ready)(void *userdata), void *userdata,
			  struct error *error);

/* The `ready` with that userdata is no longer called. */
void link_queue_forget(struct link_queue *links, const void *userdata);

/* Calls those that wait, if no transaction is queued. They may start to wait again. */
void link_queue_tell(struct link_queue *links);
