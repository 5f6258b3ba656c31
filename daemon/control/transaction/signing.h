// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * The signatures of the objects of a change, on the worker. A signature is checked each time its object is
 * used, also from the store: results of earlier checks do not count.
 */

/*
 * Checks the signatures of the bundle's objects, and drops invalid ones; `object->problem` has the reason.
 * Errors: Internal if they are required and cannot be checked.
 */
int signing_check(const struct transaction *transaction, struct bundle *bundle,
		  struct error *error);

/*
 * After signing_check(): may the change load these objects? Errors: BadSignature if the settings require a
 * signature that is missing. If the settings ask for a warning, adds one to the transaction.
 */
int signing_require(struct transaction *transaction, const struct bundle *bundle,
		    struct error *error);

/* Calls both functions. */
int signing_check_and_require(struct transaction *transaction, struct bundle *bundle,
			      struct error *error);

/* The same for programs that are adopted from a device, which have no object. */
int signing_require_of_adopted(struct transaction *transaction, const char *ifname,
			       struct error *error);

/*
 * The problem with the signatures of the spec's objects in the store, to be freed; NULL: there is none.
 */
char *signing_find_problem(const struct manager *manager, const struct signing_rules *rules,
			   const struct component_spec *spec);

/* At the commit: makes the signers of the transaction's objects known. */
void signing_commit(struct transaction *transaction);
