#pragma once

#include "object/object.h"

/*
 * Checks the object's signature, which is for that namespace, in a process without privileges, and sets
 * `object->signer`. Whether that key is trusted is another question. Errors: BadSignature; Internal, if it could not
 * be checked.
 */
int object_check_signature(struct object *object, const char *name_space, struct error *error);
