#pragma once

#include "daemon/control/transaction/change.h"
#include "daemon/control/transaction/manager.h"

/*
 * Compares what we believe with the kernel's own records, the pins and the disk, and adds every
 * difference to the result's findings. With `repair` it also makes them what they should be, as far
 * as that is possible. On the worker. -ENOMEM.
 */
int verify_run(struct manager *manager, bool repair, struct change_result *result,
	       struct error *error);
