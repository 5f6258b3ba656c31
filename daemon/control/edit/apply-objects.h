#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/* What components in a file are made of: of objects that came along, or that the store has. */

/* Makes room for the bundles of an apply. -ENOMEM */
int apply_objects_begin(struct transaction *transaction);

/*
 * The spec of the component, to be freed also after a failure, and the bundle that it comes from,
 * the transaction's: one that was made before, or a new one. Errors: BadObject for one that is nowhere; as with
 * bundle_receive().
 */
int apply_objects_get(struct transaction *transaction, const struct apply_component *component,
		      struct bundle **ret_bundle, struct component_spec *ret);
