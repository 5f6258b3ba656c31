// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* The reply to the client of a change: transaction->result. On the worker. */

/*
 * Prepares the reply for the first `n_devices` targets, which the change names; the other targets only share
 * an unconfirmed change with them. -ENOMEM.
 */
int reply_begin(struct transaction *transaction, size_t n_devices);

/* Adds what is known only after the swap. If there is no memory, a note is missing. */
void reply_end(struct transaction *transaction);

/* Adds a sentence to the note of a device, and takes it; NULL: there was no memory for it. */
void reply_add_note(struct device_result *result, char *sentence);
