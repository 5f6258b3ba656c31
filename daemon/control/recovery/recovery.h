#pragma once

#include "daemon/control/transaction/manager.h"
#include "daemon/events/events.h"

/*
 * Makes what an earlier daemon left, on disk and in the kernel, this daemon's own: devices and their
 * chains come into the registry, with what runs them where that is still there; links that run
 * something else than what was wanted last are moved on to it; and what a crash left behind goes.
 * Packets see nothing of it. Whatever was damaged is reported to `events`.
 *
 * Errors: Unsupported when the state was written by a newer xdpd; then nothing was touched.
 */
int recovery_run(struct manager *manager, struct events *events, struct error *error);
