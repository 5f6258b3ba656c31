#pragma once

#include "base/error.h"

/*
 * Takes the lock on libxdp's directory of dispatchers, as everybody does who looks at their pins or
 * changes them, and makes the directory if there is none. Waits a second for it. An fd: closing it
 * gives the lock back. Errors: DeviceBusy while somebody else has it.
 */
int libxdp_lock(const char *directory, struct error *error);
