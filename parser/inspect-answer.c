// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "parser/inspect-answer.h"

#include "base/cleanup.h"
#include "parser/inspect/inspect.h"
#include "sandbox/calls.h"

#include <stdio.h>
#include <string.h>

/* Jansson would open a file to get one, against keys that collide; all keys here are our own. */
#define HASH_SEED 1

static bool read_request(struct parcel *request, struct inspection *ret)
{
	struct inspect_head head;
	const char *digest;

	parcel_get(request, &head, sizeof(head));
	ret->is_linked = head.is_linked;
	ret->object.label = (char *)parcel_get_text(request);
	digest = parcel_get_text(request);
	ret->program = parcel_get_text(request);
	ret->slot = parcel_get_text(request);
	ret->policy.label = (char *)parcel_get_text(request);
	ret->btf = parcel_get_text(request);
	ret->kernel = parcel_get_text(request);
	ret->object.blob.bytes = (void *)parcel_get_blob(request, &ret->object.blob.size);
	ret->policy.blob.bytes = (void *)parcel_get_blob(request, &ret->policy.blob.size);
	/* An empty file is not a missing one. */
	if (!ret->object.blob.bytes)
		ret->object.blob.bytes = ret;
	if (!ret->policy.blob.bytes)
		ret->policy.blob.bytes = ret;
	if (digest)
		snprintf(ret->object.sha256, sizeof(ret->object.sha256), "%s", digest);
	return parcel_is_read(request) && ret->object.label && digest && ret->kernel &&
	       !ret->slot == !ret->policy.label;
}

/* Instructions are used where they are in the object, so it must be aligned. */
static void *align(struct inspection *inspection)
{
	struct blob *blob = &inspection->object.blob;
	void *copy = malloc(blob->size + 1);

	if (copy)
		memcpy(copy, blob->bytes, blob->size);
	blob->bytes = copy;
	return copy;
}

static int inspect(struct parcel *request, json_t **ret, struct error *error)
{
	struct inspection inspection = {};
	cleanup(freep) void *aligned = NULL;

	if (!read_request(request, &inspection))
		return error_set(error, ERROR_INTERNAL, -EPROTO,
				 "the parser does not know the request");
	aligned = align(&inspection);
	return aligned ? object_inspect(&inspection, ret, error) : error_memory(error);
}

int inspect_answer(struct parcel *request, struct parcel *answer, struct error *error)
{
	cleanup(json_decrefp) json_t *inspected = NULL;
	cleanup(freep) char *text = NULL;
	int result;

	json_object_seed(HASH_SEED);
	result = inspect(request, &inspected, error);
	if (result < 0)
		return result;
	text = json_dumps(inspected, JSON_COMPACT);
	if (!text)
		return error_memory(error);
	answer->kind = ANSWER_MESSAGE_INSPECTED;
	parcel_put_text(answer, text);
	return 0;
}
