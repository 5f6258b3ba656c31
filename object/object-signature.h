// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/object.h"

/*
 * Checks the object's signature for that namespace, in a process without privileges, and sets
 * `object->signer`. It does not decide whether the key is trusted. Errors: BadSignature; Internal, if it
 * could not be checked.
 */
int object_check_signature(struct object *object, const char *name_space, struct error *error);
