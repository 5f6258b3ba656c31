// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/object-signature.h"

#include "sandbox/check-signature.h"

int object_check_signature(struct object *object, const char *name_space, struct error *error)
{
	blob_done(&object->signer);
	return sandbox_check_signature(object->label, &object->blob, &object->signature, name_space,
				       &object->signer, error);
}
