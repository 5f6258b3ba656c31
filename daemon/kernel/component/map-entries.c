// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/map-entries.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <errno.h>

/*
 * The value type of these maps: a program; or a device or a number of packets, which a program may follow.
 */
struct value {
	uint32_t first;
	uint32_t program;
};

static uint32_t *find_program(const struct bpf_map_info *info, struct value *value)
{
	if (info->type == BPF_MAP_TYPE_PROG_ARRAY)
		return &value->first;
	return info->value_size == sizeof(*value) ? &value->program : NULL;
}

static int copy_entry(const struct bpf_map_info *info, int from_fd, int to_fd,
		      struct map_entry_failure *entry)
{
	struct value value = {};
	uint32_t *program = find_program(info, &value);
	cleanup(closep) int fd = -1;

	if (bpf_map_lookup_elem(from_fd, &entry->key, &value) < 0)
		return errno == ENOENT ? 0 : -errno;
	entry->has_program = program && *program;
	if (entry->has_program) {
		fd = bpf_prog_get_fd_by_id(*program);
		if (fd < 0)
			return -errno;
		*program = fd;
	}
	return bpf_map_update_elem(to_fd, &entry->key, &value, BPF_ANY) < 0 ? -errno : 0;
}

int map_entries_copy(int from_fd, int to_fd, struct map_entry_failure *ret)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	bool is_first = true;
	int result = 0;

	*ret = (struct map_entry_failure){};
	if (bpf_map_get_info_by_fd(from_fd, &info, &size) < 0)
		return -errno;
	if (info.key_size != sizeof(ret->key) || info.value_size > sizeof(struct value))
		return -EOPNOTSUPP;
	for (uint32_t left = info.max_entries; result == 0 && left > 0; left--) {
		uint32_t next;

		if (bpf_map_get_next_key(from_fd, is_first ? NULL : &ret->key, &next) < 0)
			return errno == ENOENT ? 0 : -errno;
		is_first = false;
		ret->key = next;
		result = copy_entry(&info, from_fd, to_fd, ret);
	}
	return result;
}
