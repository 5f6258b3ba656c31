// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/object.h"

#include <stdlib.h>

void object_done(struct object *object)
{
	blob_done(&object->blob);
	blob_done(&object->signature);
	blob_done(&object->signer);
	free(object->signature_problem);
	free(object->label);
	*object = (struct object){};
}
