// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Calls for maps and BTF. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "broker/argument-tags.h"
#include "broker/internal.h"
#include "sandbox/calls.h"

#include <bpf/bpf.h>
#include <string.h>

#define BTF_SIZE_MAX (16 << 20) /* the kernel's BTF_MAX_SIZE */

/*
 * All flags up to BPF_F_INNER_MAP: later flags need descriptors, or are for other kinds of programs.
 */
#define MAP_FLAGS ((1u << 13) - 1)

int broker_load_btf(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	LIBBPF_OPTS(bpf_btf_load_opts, options);
	struct brokered item = { .kind = BROKERED_BTF };
	size_t size;
	const void *types = parcel_get_blob(call, &size);
	bool has_log = parcel_get_u32(call);
	int result;

	if (!parcel_is_read(call) || !types || size > BTF_SIZE_MAX)
		return -EPROTO;
	if (broker->is_restricted && argument_tags_check(types, size, &broker->refusal) < 0) {
		broker_put_log(reply, NULL);
		return -EPERM;
	}
	if (has_log) {
		options.log_buf = broker_get_log(broker, VERIFIER_LOG_REASONS);
		options.log_size = options.log_buf ? broker->log_size : 0;
		options.log_level = options.log_buf ? VERIFIER_LOG_REASONS : 0;
	}
	result = broker_add_fd(broker, bpf_btf_load(types, size, &options), &item);
	broker_put_log(reply, options.log_buf);
	return result;
}

int broker_create_map(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	struct call_map_create map;
	struct brokered item = { .kind = BROKERED_MAP };
	LIBBPF_OPTS(bpf_map_create_opts, options);

	(void)reply;
	parcel_get(call, &map, sizeof(map));
	if (!parcel_is_read(call) || map.name[sizeof(map.name) - 1])
		return -EPROTO;
	if (map.flags & ~MAP_FLAGS || map.type == BPF_MAP_TYPE_STRUCT_OPS)
		return -EINVAL;
	options.map_flags = map.flags;
	options.numa_node = map.numa_node;
	options.map_extra = map.extra;
	options.inner_map_fd = broker_find_fd(broker, map.inner_map, BROKERED_MAP);
	options.btf_fd = broker_find_fd(broker, map.btf, BROKERED_BTF);
	if ((int)options.inner_map_fd < 0 || (int)options.btf_fd < 0)
		return -EBADF;
	options.btf_key_type_id = map.btf_key_type;
	options.btf_value_type_id = map.btf_value_type;
	item.type = map.type;
	item.key_size = map.key_size;
	item.value_size = map.value_size;
	return broker_add_fd(broker,
			     bpf_map_create(map.type, *map.name ? map.name : NULL, map.key_size,
					    map.value_size, map.max_entries, &options),
			     &item);
}

/* The descriptor that the value stands for; -1: the handle is unknown, or of the wrong kind. */
static int find_value(const struct broker *broker, const struct brokered *map, uint32_t handle)
{
	bool is_program = map->type == BPF_MAP_TYPE_PROG_ARRAY;
	const struct brokered *value = broker_find(broker, handle,
						   is_program ? BROKERED_PROGRAM : BROKERED_MAP);
	bool is_nested = map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
			 map->type == BPF_MAP_TYPE_HASH_OF_MAPS;

	return value && (is_program || is_nested) ? value->fd : -1;
}

/*
 * Offered maps may be written too: libbpf fills the program arrays of the object, whichever component owns
 * them. Plain values are only for arrays, which hold the object's variables: for other types the kernel may read more
 * bytes than the map's values have, or take the value for a descriptor of the daemon.
 */
int broker_update_map(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	struct call_map_update update;
	size_t key_size, value_size;
	const void *key, *value;
	const struct brokered *map;
	int fd;

	(void)reply;
	parcel_get(call, &update, sizeof(update));
	key = parcel_get_blob(call, &key_size);
	value = parcel_get_blob(call, &value_size);
	map = broker_find(broker, update.map, BROKERED_MAP);
	if (!parcel_is_read(call) || !map || key_size != map->key_size)
		return -EPROTO;
	if (update.value_handle) {
		fd = find_value(broker, map, update.value_handle);
		value = &fd;
		value_size = sizeof(fd);
		if (fd < 0)
			return -EBADF;
	} else if (map->type != BPF_MAP_TYPE_ARRAY) {
		return -EINVAL;
	}
	if (value_size != map->value_size)
		return -EPROTO;
	return bpf_map_update_elem(map->fd, key, value, update.flags) < 0 ? -errno : 0;
}

int broker_freeze_map(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	const struct brokered *map = broker_find(broker, parcel_get_u32(call), BROKERED_MAP);

	(void)reply;
	if (!parcel_is_read(call) || !map)
		return -EPROTO;
	return bpf_map_freeze(map->fd) < 0 ? -errno : 0;
}

int broker_tell_map(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	const struct brokered *map = broker_find(broker, parcel_get_u32(call), BROKERED_MAP);
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (!parcel_is_read(call) || !map)
		return -EPROTO;
	if (bpf_map_get_info_by_fd(map->fd, &info, &size) < 0)
		return -errno;
	parcel_put(reply, &info, sizeof(info));
	return 0;
}

int broker_next_btf(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	uint32_t id = parcel_get_u32(call);

	(void)broker;
	if (!parcel_is_read(call))
		return -EPROTO;
	if (bpf_btf_get_next_id(id, &id) < 0)
		return -errno;
	parcel_put_u32(reply, id);
	return 0;
}

/*
 * Not every user may see the BTF of other programs, so the parser is told that it does not exist.
 */
int broker_open_btf(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	struct brokered item = { .kind = BROKERED_BTF };
	uint32_t id = parcel_get_u32(call);
	struct bpf_btf_info info = {};
	__u32 size = sizeof(info);
	int fd;

	(void)reply;
	if (!parcel_is_read(call))
		return -EPROTO;
	fd = bpf_btf_get_fd_by_id(id);
	if (fd >= 0 && (bpf_btf_get_info_by_fd(fd, &info, &size) < 0 || !info.kernel_btf)) {
		close(fd);
		return -ENOENT;
	}
	return broker_add_fd(broker, fd, &item);
}

int broker_tell_btf(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	const struct brokered *btf = broker_find(broker, parcel_get_u32(call), BROKERED_BTF);
	uint32_t wanted = parcel_get_u32(call);
	cleanup(freep) void *types = NULL;
	char name[64] = "";
	struct bpf_btf_info info = { .name = (uintptr_t)name, .name_len = sizeof(name) };
	struct call_btf_info said;
	__u32 size = sizeof(info);

	if (!parcel_is_read(call) || !btf || wanted > BTF_SIZE_MAX)
		return -EPROTO;
	types = wanted ? malloc(wanted) : NULL;
	if (wanted && !types)
		return -ENOMEM;
	info.btf = (uintptr_t)types;
	info.btf_size = wanted;
	if (bpf_btf_get_info_by_fd(btf->fd, &info, &size) < 0)
		return -errno;
	said = (struct call_btf_info){ info.id, info.btf_size, info.kernel_btf };
	parcel_put(reply, &said, sizeof(said));
	parcel_put_text(reply, name);
	parcel_put_blob(reply, types, info.btf_size < wanted ? info.btf_size : wanted);
	return 0;
}
