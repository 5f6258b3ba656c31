#pragma once

#include "daemon/control/transaction/transaction.h"

/* What components in a file are made of: of objects that came along, or that the store has. */

/* Makes room for the deliveries of a CHANGE_APPLY. -ENOMEM */
int provide_begin(struct transaction *transaction);

/*
 * The spec of the component, to be freed also after a failure, and the delivery that it comes from,
 * the transaction's: one that was made before, or a new one. Errors: BadObject for one that is nowhere; as with
 * delivery_receive().
 */
int provide(struct transaction *transaction, const struct apply_component *component,
	    struct delivery **ret_delivery, struct component_spec *ret);
