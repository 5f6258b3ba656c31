// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* On the worker, for the pipeline: frees everything that the transaction made. */
void transaction_undo(struct transaction *transaction);

/*
 * Did the transaction fail after packets had run something that it made? Then that is retired like any other
 * generation.
 */
bool transaction_has_run(const struct transaction *transaction);

/*
 * On the loop, in place of transaction_commit(): packets ran the transaction's generations, so these are
 * waited for, and their counts added.
 */
void transaction_retire(struct transaction *transaction);

/* On the worker: waits until the last packet has left the previous generations. */
void transaction_wait(struct transaction *transaction);

/*
 * On the loop: makes adopted devices xdpd's alone, and adds the counts of the previous generations to the
 * totals.
 */
void transaction_fold(struct transaction *transaction);

/*
 * On the worker: saves the totals, and frees the previous generations or, after a failure, those that the
 * transaction made.
 */
void transaction_let_go(struct transaction *transaction);
