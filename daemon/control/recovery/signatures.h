// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * At the start: checks the signatures of all objects in the store again, before any object is loaded. Each
 * invalid signature is reported to `events`, and then counts as missing.
 */
int signatures_load(struct manager *manager, struct events *events, struct error *error);

/*
 * Reports each component that the present rules do not trust. These components keep running, and run again
 * after a reboot, so that no filter is lost: the operator must know, and decide.
 */
void signatures_report(const struct manager *manager, struct events *events);
