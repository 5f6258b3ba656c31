// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/link.h"

#include "base/cleanup.h"
#include "sandbox/link.h"

#include <string.h>

int link_libraries(const struct object *object, size_t n_libraries, const struct object *libraries,
		   struct object *ret, struct error *error)
{
	cleanup(freep) struct sandbox_file *files = calloc(n_libraries + 1, sizeof(*files));
	cleanup(object_done) struct object linked = { .label = strdup(object->label) };
	int result;

	if (!files || !linked.label)
		return error_memory(error);
	files[0] = (struct sandbox_file){ object->label, object->blob };
	for (size_t i = 0; i < n_libraries; i++)
		files[i + 1] = (struct sandbox_file){ libraries[i].label, libraries[i].blob };
	result = sandbox_link(n_libraries + 1, files, &linked.blob, error);
	if (result < 0)
		return result;
	blob_sha256(&linked.blob, linked.sha256);
	*ret = linked;
	linked = (struct object){};
	return 0;
}
