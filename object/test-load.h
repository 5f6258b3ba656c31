#pragma once

#include "object/object.h"
#include "object/verifier-log.h"

/*
 * Loads the program by itself, as an XDP program that is attached to nothing, and lets it go: the
 * verdict of this kernel's verifier. Maps that ask to be pinned are new ones for this. VerifierRejected
 * and KernelRefused as for a component; -EPERM without an error: the caller may load nothing.
 */
int test_load(const struct object *object, const struct program_choice *choice,
	      struct verifier_work *ret, struct error *error);
