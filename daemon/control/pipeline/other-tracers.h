// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Programs of other processes that trace a chain (daemon/kernel/info/tracing-programs.h). xdpd's own traces are in
 * control/trace. On the worker.
 */

/* Errors: DeviceBusy if a program traces what the target's device runs. */
int other_tracers_check(const struct target *target, struct error *error);

/*
 * Could a program trace any program that a device of the transaction no longer runs after the swap? Asked once
 * for all devices, because it looks at every program of the kernel that is younger than those.
 */
bool other_tracers_may_be_lost(const struct transaction *transaction);

/*
 * A sentence about a program that traces a program which the device no longer runs after the swap, to be
 * freed. NULL: there is none, or no memory.
 */
char *other_tracers_describe_lost(const struct target *target);
