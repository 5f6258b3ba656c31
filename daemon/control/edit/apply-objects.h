// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * The objects of the components in a chain file: they were sent with the change, or are in the store.
 */

/* Allocates room for the bundles of an apply. -ENOMEM */
int apply_objects_begin(struct transaction *transaction);

/*
 * Makes the spec of the component, which the caller frees, also after a failure, and finds or makes its
 * bundle, which is the transaction's. Errors: BadObject for an object that is neither in the change nor in
 * the store; as with bundle_receive().
 */
int apply_objects_get(struct transaction *transaction, const struct apply_component *component,
		      struct bundle **ret_bundle, struct component_spec *ret);
