#pragma once

#include "daemon/control/pipeline/queue.h"
#include "daemon/control/transaction/transaction.h"

/* What the worker does of a transaction before it is committed is a table of stages; see pipeline.c. */

/* Puts the transaction in the queue and takes it over. The result is a struct change_result. */
void pipeline_submit(struct queue *queue, struct transaction *transaction, job_done done,
		     void *userdata);

/* NULL: the job is not a transaction. */
struct transaction *job_transaction(struct job *job);

/*
 * For a transaction that is never submitted: runs the stages that say what would be wanted, and on which targets. On
 * the worker. pipeline_discard() undoes it, also after a failure; plans and the error stay.
 */
int pipeline_prepare(struct transaction *transaction);
void pipeline_discard(struct transaction *transaction);
