// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/target.h"

/* Packets of a large MTU need several buffers, and drivers refuse a chain that does not accept such packets. */

/* The first component that keeps the chain from accepting multi-buffer packets; NULL: there is none. */
const struct entry *chain_find_single_buffer(const struct chain *chain);

/* The MTU of the target's device in bytes; 0: it is unknown. The thread is in the target's network namespace. */
unsigned int target_mtu(const struct target *target);

/*
 * Adds a warning to the plan if the driver will probably refuse the wanted chain, because its packets fit into no
 * buffer of a page. Only the driver knows; it is asked when the chain is attached. Errors: out of memory.
 */
int large_mtu_warn(const struct target *target, struct strings *warnings, struct error *error);
