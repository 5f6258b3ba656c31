// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "ipc/inspect-interface.h"

#include <jansson.h>

/*
 * Lets the parser, a child process without privileges, analyse the object of the request. `*ret` is a new
 * reference to a reply that ipc/inspect-interface.c declares, and that was checked against it. If the user may
 * load programs, and no other kernel was given, the verifier is asked too. Errors: BadObject, for an object
 * that cannot be read, or that the parser does not survive; Unsupported, for a file without types of a kernel.
 */
int inspect_object(const struct inspect_request *request, json_t **ret, struct error *error);
