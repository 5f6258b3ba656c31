// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * Takes over, for every target, the XDP program that another loader has attached by netlink. Each program of
 * a libxdp dispatcher becomes a component with its priority and proceed set; any other program becomes the
 * last one of a chain, run by a tail call. Part of transaction_edit(): nothing changes for packets, or for
 * the other loader, before the swap.
 */
int adopt_edit(struct transaction *transaction);

/* A note about the adoption for the user, to be freed; NULL: there is none. */
char *adopt_note(const struct target *target);
