#pragma once

#include "base/error.h"

/*
 * Takes the lock on libxdp's directory of dispatchers, as every program does that reads or changes the pins
 * in it, and creates the directory if it is missing. Waits a second for it. Returns an fd: closing it
 * releases the lock. Errors: DeviceBusy while another process has it.
 */
int libxdp_lock(const char *directory, struct error *error);
