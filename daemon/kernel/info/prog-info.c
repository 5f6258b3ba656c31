// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/info/prog-info.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <stdio.h>

static void btfp(struct btf **btf)
{
	btf__free(*btf);
}

/* The kernel's name of the program itself is cut after 15 characters. */
static void name_in_full(struct prog_info *info)
{
	cleanup(btfp) struct btf *btf = btf__load_from_kernel_by_id(info->btf_id);
	const struct btf_type *type = btf ? btf__type_by_id(btf, info->function_id) : NULL;
	const char *name = type ? btf__name_by_offset(btf, type->name_off) : NULL;

	if (name && *name)
		snprintf(info->name, sizeof(info->name), "%s", name);
}

int prog_info_read_quickly(int fd, struct prog_info *ret)
{
	struct prog_info info = {};
	struct bpf_func_info function = {};
	struct bpf_prog_info kernel_info = {
		.nr_map_ids = PROGRAM_MAPS_MAX,
		.map_ids = (uintptr_t)info.map_ids,
		.nr_func_info = 1,
		.func_info_rec_size = sizeof(function),
		.func_info = (uintptr_t)&function,
	};
	__u32 size = sizeof(kernel_info);

	if (bpf_prog_get_info_by_fd(fd, &kernel_info, &size) < 0)
		return -errno;
	info.id = kernel_info.id;
	info.type = kernel_info.type;
	snprintf(info.name, sizeof(info.name), "%s", kernel_info.name);
	info.btf_id = kernel_info.btf_id;
	info.function_id = function.type_id;
	info.target_btf_id = kernel_info.attach_btf_obj_id;
	info.n_maps = kernel_info.nr_map_ids < PROGRAM_MAPS_MAX ? kernel_info.nr_map_ids
								: PROGRAM_MAPS_MAX;
	*ret = info;
	return 0;
}

int prog_info_read(int fd, struct prog_info *ret)
{
	int result = prog_info_read_quickly(fd, ret);

	if (result == 0 && ret->btf_id && ret->function_id)
		name_in_full(ret);
	return result;
}
