// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/change.h"
#include "ipc/interface.h"

#include <jansson.h>

/* The chains in a request of Apply. */

/*
 * Lists the names of their devices. The strings stay the request's; the caller frees the list. -ENOMEM.
 */
int apply_request_list_devices(const struct apply_request *request, struct strings *ret,
			       struct error *error);

/*
 * Moves the chains, with everything that was sent with them, into a CHANGE_APPLY of these devices. All
 * objects together may have `objects_max` bytes. Errors: those of the settings of a component, with the path in
 * the request; LimitExceeded.
 */
int apply_request_take(struct apply_request *request, uint64_t objects_max, struct change *change,
		       struct error *error);

/*
 * Encodes shares as a chain has them: ["NAME=FROM", ...]. NULL: there are no shares, or no memory.
 */
json_t *shares_encode(const struct map_shares *shares);
