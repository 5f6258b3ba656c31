#include "daemon/control/refuser.h"

#include "base/cleanup.h"

#include "refuse.skel.h"
#include <string.h>

static int load(struct workshop *workshop, struct error *error)
{
	cleanup(object_done) struct object object = {};
	struct program_choice choice;
	size_t size;
	const void *bytes = refuse_bpf__elf_bytes(&size);
	int result;

	object.blob = (struct blob){ malloc(size), size };
	object.label = strdup("the program that drops all");
	if (!object.blob.bytes || !object.label)
		return error_memory(error);
	memcpy(object.blob.bytes, bytes, size);
	blob_sha256(&object.blob, object.sha256);
	result = object_choose(&object, NULL, &choice, error);
	if (result < 0)
		return result;
	return workshop->linker->type->load(workshop->linker, &object, &choice, NULL,
					    &workshop->places, &workshop->refuser, error);
}

int refuser_get(struct workshop *workshop, struct component **ret, struct error *error)
{
	int result = workshop->refuser ? 0 : load(workshop, error);

	*ret = workshop->refuser;
	return result;
}
