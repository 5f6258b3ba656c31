#pragma once

#include "daemon/control/transaction/transaction.h"

/* The reply to the client of a change: transaction->result. On the worker. */

/*
 * Of the first devices, which the change is about; others only wait with them to be confirmed. -ENOMEM.
 */
int reply_begin(struct transaction *transaction, size_t n_devices);

/* What is only known when the driver has answered. Without memory a note is missing, no more. */
void reply_end(struct transaction *transaction);

/* Adds a sentence to what the user should know, which is taken over; NULL: there was no memory for it. */
void reply_add_note(struct device_result *result, char *sentence);
