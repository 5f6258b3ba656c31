#pragma once

#include "daemon/control/transaction/transaction.h"

/* The reply to the client of a change: transaction->result. On the worker. */

/*
 * For the first `n_devices` targets, which the change names; the others only share an unconfirmed change.
 * -ENOMEM.
 */
int reply_begin(struct transaction *transaction, size_t n_devices);

/* Adds what is known only after the swap. Without memory a note is missing, no more. */
void reply_end(struct transaction *transaction);

/* Adds a sentence to the note of a device and takes it over; NULL: there was no memory for it. */
void reply_add_note(struct device_result *result, char *sentence);
