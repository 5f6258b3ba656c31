#include "daemon/kernel/info/prog-info.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>

static void btfp(struct btf **btf)
{
	btf__free(*btf);
}

/* The name in the program's own info has 15 characters at most. */
static void name_in_full(struct program_facts *facts)
{
	cleanup(btfp) struct btf *btf = btf__load_from_kernel_by_id(facts->btf_id);
	const struct btf_type *type = btf ? btf__type_by_id(btf, facts->function_id) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	if (name && *name)
		snprintf(facts->name, sizeof(facts->name), "%s", name);
}

int program_facts_read_quickly(int fd, struct program_facts *ret)
{
	struct program_facts facts = {};
	struct bpf_func_info function = {};
	struct bpf_prog_info info = {
		.nr_map_ids = PROGRAM_MAPS_MAX,
		.map_ids = (uintptr_t)facts.map_ids,
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(function),
		.func_info = (uintptr_t)&function,
	};
	__u32 size = sizeof(info);

	if (bpf_prog_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	facts.id = info.id;
	snprintf(facts.name, sizeof(facts.name), "%s", info.name);
	facts.btf_id = info.btf_id;
	facts.function_id = function.type_id;
	facts.target_btf_id = info.attach_btf_obj_id;
	facts.n_maps = info.nr_map_ids < PROGRAM_MAPS_MAX ? info.nr_map_ids : PROGRAM_MAPS_MAX;
	*ret = facts;
	return 0;
}

int program_facts_read(int fd, struct program_facts *ret)
{
	int result = program_facts_read_quickly(fd, ret);

	if (result == 0 && ret->btf_id && ret->function_id)
		name_in_full(ret);
	return result;
}
