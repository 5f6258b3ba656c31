#pragma once

#include "daemon/service/call.h"

/* A change of the devices that a request names; NULL without memory. */
struct change *change_new(enum change_kind kind, const struct strings *devices,
			  const struct number *expect_generation);

/*
 * Submits the change, which is taken over. The peer is answered when it is done; one that wants no
 * answer need not wait, and may hang up.
 */
int change_submit(struct peer *peer, struct change *change, struct error *error);
