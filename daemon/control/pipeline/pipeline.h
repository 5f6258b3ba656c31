// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/transaction.h"

/* What the worker does for a transaction before the commit is a table of stages; see pipeline.c. */

/* Queues the transaction, and takes it. The result is a struct change_result. */
void pipeline_submit(struct queue *queue, struct transaction *transaction, job_done done,
		     void *userdata);

/* The same with a new transaction for the change, which it takes, also on failure. -ENOMEM. */
int pipeline_submit_change(struct queue *queue, struct manager *manager, struct change *change,
			   job_done done, void *userdata, struct error *error);

/* NULL: the job is not a transaction. */
struct transaction *job_transaction(struct job *job);

/*
 * For a transaction that is never submitted: runs the stages that find the targets and their wanted chains.
 * On the worker. pipeline_discard() undoes them, also after a failure; plans and the error stay.
 */
int pipeline_prepare(struct transaction *transaction);
void pipeline_discard(struct transaction *transaction);
