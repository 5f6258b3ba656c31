#pragma once

#include "daemon/control/transaction/change.h"
#include "ipc/interface.h"

#include <jansson.h>

/* Chains, as Apply has them. */

/* The names of their devices, which stay the request's; the list is the caller's to free(). -ENOMEM. */
int apply_request_list_devices(const struct apply_request *request, struct strings *ret,
			       struct error *error);

/*
 * Takes the chains, with everything that was sent with them, into a CHANGE_APPLY of these devices. The
 * objects may have so many bytes together. Errors: those of the settings of a component, with the path in the
 * request; LimitExceeded.
 */
int apply_request_take(struct apply_request *request, uint64_t objects_max, struct change *change,
		       struct error *error);

/* ["NAME=FROM", ...], as a chain has them; NULL for none, and without memory. */
json_t *shares_encode(const struct map_shares *shares);
