// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * Takes over what an earlier daemon left on disk and in the kernel. Devices and their chains become part of
 * the registry, with the generations that run them. Links that do not run the chain that was wanted last are
 * moved on to it, and leftovers of a crash are removed. Packets are not affected. Damage is reported to
 * `events`.
 *
 * Errors: Unsupported if a newer xdpd has written the state; then nothing was changed.
 */
int recovery_run(struct manager *manager, struct events *events, struct error *error);
