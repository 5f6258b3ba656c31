// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"
#include "object/verifier-log.h"

/*
 * Loads the program alone, as an XDP program that is attached to nothing, and frees it: the verdict of this
 * kernel's verifier. Maps that ask to be pinned are created new. Errors: VerifierRejected and KernelRefused,
 * as for a component; -EPERM without an error: the caller may not load programs.
 */
int test_load(const struct object *object, const struct program_choice *choice,
	      struct verifier_work *ret, struct error *error);
