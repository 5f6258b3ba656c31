// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "object/object.h"

#include <jansson.h>

/* An object to inspect; everything in it is the caller's. */
struct inspection {
	struct object object; /* linked with its libraries, but with the digest of its own file */
	bool is_linked;
	struct object policy; /* empty: it is not to fit a slot */
	const char *slot;     /* of the policy */
	const char *program;  /* NULL: the only one */
	const char *btf;      /* file with types of another kernel; NULL: of the running one */
	const char *kernel;   /* its name in the result */
};

/*
 * Analyses the object; object_init() must have been called. `*ret` is a new reference to a reply that
 * ipc/inspect-interface.c declares. If the user may load programs, and no other kernel was given, the
 * verifier is asked too. Errors: BadObject, for an object that cannot be read; Unsupported, for a file
 * without types of a kernel.
 */
int object_inspect(const struct inspection *inspection, json_t **ret, struct error *error);
