#pragma once

#include "daemon/control/transaction/transaction.h"

/* A library is changed, and all components that it is joined to with it. On the worker. */

/*
 * Takes the new library, keeps it in the store, and makes the devices whose components use the one
 * before the transaction's targets. Errors: NoSuchComponent if none does.
 */
int relink_find(struct transaction *transaction);

/* Loads these components with the new library and the maps they have. */
int relink_all(struct transaction *transaction);

/* What the components of the target are called that are joined anew, "fw, lb"; to be freed. */
char *relink_names(const struct transaction *transaction, const struct target *target);
