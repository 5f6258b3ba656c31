#pragma once

#include "daemon/service/call.h"

/* A change of the devices that a request names; NULL without memory. */
struct change *change_new(enum change_kind kind, const struct strings *devices,
			  const struct number *expect_generation);

/*
 * Reads the object from its descriptor, and takes the name of the program in it over. Errors as
 * with blob_read().
 */
int source_read(struct program_source *source, int object, char **program, struct error *error);

/* Submits the change, which is taken over, unless it names no device; see pending_submit(). */
int change_submit(struct peer *peer, struct change *change, struct error *error);
