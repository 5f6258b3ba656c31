#pragma once

#include "daemon/control/transaction/transaction.h"

/* What a change says of who may open the maps of components. On the worker, before anything is built. */

/*
 * `*ret` is what is said, with the numbers of the names in it, after it was tried that the daemon may give
 * pins away so. InvalidArgument, Unsupported: it may not.
 */
int map_permissions_prepare(const struct transaction *transaction,
			    const struct map_permissions *said, struct map_permissions *ret,
			    struct error *error);

/*
 * What is said of the maps of the device's components, and will not be any more, becomes root's again; see
 * map_permissions_withdraw(). Components are the same by their names here, as pins are. -ENOMEM.
 */
int map_permissions_withdraw_all(struct target *target, struct error *error);
