// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* The edits that no client asks for: a device appeared, has another name, or disappeared. On the worker. */

/*
 * Of TRANSACTION_LINK: finds out where the device is and what it is called, and loads what is missing. Nothing is built
 * if the device does not exist, or runs everything that is wanted.
 */
int device_event_appeared(struct transaction *transaction);

/* Of TRANSACTION_GONE. A namespace without a name is released with its devices. */
int device_event_disappeared(struct transaction *transaction);
