#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * The signatures of the objects of a change, on the worker. A signature is checked again whenever the object comes,
 * also from the store: what was written down about it earlier does not count.
 */

/*
 * Checks the signatures of the bundle's objects, and drops those that are not valid; `object->problem` says why. Errors:
 * Internal, if they cannot be checked and are required.
 */
int signing_check(const struct transaction *transaction, struct bundle *bundle,
		  struct error *error);

/*
 * After signing_check(): may the change load these objects? BadSignature if the settings require a signature that is
 * missing; if they want a warning, there is one in the transaction.
 */
int signing_require(struct transaction *transaction, const struct bundle *bundle,
		    struct error *error);

/* Both. */
int signing_check_and_require(struct transaction *transaction, struct bundle *bundle,
			      struct error *error);

/* The same for the programs that are adopted from a device, of which there is no object. */
int signing_require_of_adopted(struct transaction *transaction, const char *ifname,
			       struct error *error);

/* Is there anything to be said about the objects of the spec, as they are in the store? NULL: no. To be freed. */
char *signing_find_problem(const struct manager *manager, const struct signing_rules *rules,
			   const struct component_spec *spec);

/* What transaction_commit() makes known. */
void signing_commit(struct transaction *transaction);
