#pragma once

#include "daemon/control/transaction/transaction.h"

/* On the worker, for the pipeline: all that it made goes. */
void transaction_undo(struct transaction *transaction);

/* Did it fail when some of what it made was running already? Then that is retired like any other. */
bool transaction_has_run(const struct transaction *transaction);

/* On the loop, in place of transaction_commit(): what ran is to be waited for, and folded. */
void transaction_retire(struct transaction *transaction);

/* On the worker: waits until the last packet has left what ran before. */
void transaction_wait(struct transaction *transaction);

/*
 * On the loop: what was adopted now belongs to xdpd alone, and counters of what ran before are added to the
 * totals.
 */
void transaction_fold(struct transaction *transaction);

/* On the worker: saves that, and lets go what ran before, or of a failed one all that it made. */
void transaction_let_go(struct transaction *transaction);
