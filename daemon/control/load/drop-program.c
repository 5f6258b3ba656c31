// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/load/drop-program.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/component/choose.h"

#include "drop.skel.h"
#include <string.h>

static int load(const struct manager *manager, enum bpf_attach_type attach_type,
		struct component **ret, struct error *error)
{
	cleanup(object_done) struct object object = {};
	cleanup(component_spec_done) struct component_spec spec = {};
	struct load_options options = {
		.spec = &spec,
		.object = &object,
		.attach_type = attach_type,
		.directories = &manager->directories,
	};
	struct program_choice choice;
	size_t size;
	const void *bytes = drop_bpf__elf_bytes(&size);
	int result;

	object.blob = (struct blob){ malloc(size), size };
	object.label = strdup("the built-in drop program");
	if (!object.blob.bytes || !object.label)
		return error_memory(error);
	memcpy(object.blob.bytes, bytes, size);
	blob_sha256(&object.blob, object.sha256);
	result = program_choose(&object, NULL, true, &choice, NULL, error);
	if (result == 0)
		result = component_spec_init(&object, choice.name, &spec, error);
	if (result < 0)
		return result;
	options.frags = choice.frags;
	options.has_frags = choice.frags && manager->linker->frags;
	return manager->linker->type->load(manager->linker, &options, ret, error);
}

int drop_program_get(struct manager *manager, enum bpf_attach_type attach_type,
		     struct component **ret, struct error *error)
{
	struct component **drop_program = attach_type == BPF_XDP ? &manager->xdp_drop_program
								 : &manager->drop_program;
	int result = *drop_program ? 0 : load(manager, attach_type, drop_program, error);

	*ret = *drop_program;
	return result;
}
