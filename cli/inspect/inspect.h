#pragma once

#include "base/error.h"
#include "ipc/inspect-interface.h"

#include <jansson.h>

/*
 * Takes the object of the request apart, after object_init(); `*ret` is a new reference to what
 * ipc/inspect-interface.c declares. With the right to load programs, and for the kernel that runs, its
 * verifier is asked too. Errors: BadObject, for what cannot be read; Unsupported, for a file
 * without types of a kernel.
 */
int inspect_object(const struct inspect_request *request, json_t **ret, struct error *error);
