// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/*
 * Locks libxdp's directory of dispatchers, as every program does that reads or changes the pins in it, and
 * creates the directory if it is missing. Waits a second for the lock. Returns an fd; closing it releases
 * the lock. Errors: DeviceBusy while another process has the lock.
 */
int libxdp_lock(const char *directory, struct error *error);
