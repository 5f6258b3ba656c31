// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/libxdp/config-map.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/prog-info.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <string.h>

#define MAGIC	  236
#define VERSION	  2 /* the version that we write */
#define VALUE_MAX 4096
/*
 * The chain also continues after the verdict of a placeholder: the bit for ROOTLET_NOBODY of
 * bpf/counter-rows.h.
 */
#define NOBODY_BIT (1u << 31)

/*
 * The byte offsets of the fields in each version of the config; 0 for a field that the version lacks.
 */
static const struct layout {
	size_t size, n_programs, frags, device_bound;
	/* Each is an array of ten numbers, one for each program. */
	size_t actions, priorities, flags;
} layouts[] = {
	[1] = { .size = 84, .n_programs = 0, .actions = 4, .priorities = 44 },
	[2] = { .size = 124,
		.n_programs = 2,
		.frags = 3,
		.actions = 4,
		.priorities = 44,
		.flags = 84 },
	[3] = { .size = 128,
		.n_programs = 2,
		.frags = 3,
		.actions = 4,
		.priorities = 44,
		.flags = 84,
		.device_bound = 124 },
};

static bool flag_at(const uint8_t *bytes, size_t offset)
{
	return offset && bytes[offset];
}

static uint32_t number_at(const uint8_t *bytes, size_t offset, size_t index)
{
	uint32_t number;

	if (!offset)
		return 0;
	memcpy(&number, bytes + offset + index * sizeof(number), sizeof(number));
	return number;
}

/* The layout of the config, or NULL if the bytes are not a valid config. */
static const struct layout *layout_of(const uint8_t *bytes, size_t size, unsigned int version,
				      struct error *error)
{
	const struct layout *layout = &layouts[version];

	if (size < layout->size) {
		error_set(error, ERROR_UNSUPPORTED, -EINVAL,
			  "the record of libxdp's dispatcher, version %u, has %zu bytes instead of "
			  "%zu",
			  version, size, layout->size);
		return NULL;
	}
	if (bytes[layout->n_programs] > LIBXDP_CONFIG_PROGRAMS) {
		error_set(error, ERROR_UNSUPPORTED, -EINVAL,
			  "the record of libxdp's dispatcher has %u programs; the maximum is %d",
			  bytes[layout->n_programs], LIBXDP_CONFIG_PROGRAMS);
		return NULL;
	}
	return layout;
}

int libxdp_config_parse(const void *bytes, size_t size, unsigned int declared,
			struct libxdp_config *ret, struct error *error)
{
	const uint8_t *from = bytes;
	struct libxdp_config config = { .version = declared };
	const struct layout *layout;

	if (size >= 2 && from[0] == MAGIC)
		config.version = from[1];
	if (!config.version)
		return error_set(error, ERROR_UNSUPPORTED, -EINVAL,
				 "these %zu bytes are not a record of libxdp's dispatcher", size);
	if (config.version >= array_size(layouts))
		return error_set(
			error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
			"libxdp's dispatcher has version %u; the newest supported version is %zu",
			config.version, array_size(layouts) - 1);
	layout = layout_of(from, size, config.version, error);
	if (!layout)
		return -EINVAL;
	config.n_programs = from[layout->n_programs];
	config.frags = flag_at(from, layout->frags);
	config.device_bound = flag_at(from, layout->device_bound);
	for (size_t i = 0; i < config.n_programs; i++) {
		/* Bit 31 is for placeholders that no program replaced. */
		config.programs[i].proceed = number_at(from, layout->actions, i) & VERDICTS_ALL;
		config.programs[i].priority = number_at(from, layout->priorities, i);
		config.programs[i].flags = number_at(from, layout->flags, i);
	}
	*ret = config;
	return 0;
}

static void put_number(uint8_t *bytes, size_t offset, size_t index, uint32_t number)
{
	memcpy(bytes + offset + index * sizeof(number), &number, sizeof(number));
}

void libxdp_config_format(const struct libxdp_config *config,
			  uint8_t ret[static LIBXDP_CONFIG_SIZE])
{
	const struct layout *layout = &layouts[VERSION];

	assert(layout->size == LIBXDP_CONFIG_SIZE);
	assert(config->n_programs <= LIBXDP_CONFIG_PROGRAMS);
	memset(ret, 0, LIBXDP_CONFIG_SIZE);
	ret[0] = MAGIC;
	ret[1] = VERSION;
	ret[layout->n_programs] = config->n_programs;
	ret[layout->frags] = config->frags;
	for (size_t i = 0; i < config->n_programs; i++) {
		put_number(ret, layout->actions, i, config->programs[i].proceed | NOBODY_BIT);
		put_number(ret, layout->priorities, i, config->programs[i].priority);
		put_number(ret, layout->flags, i, config->programs[i].flags);
	}
}

static int make_map(const struct libxdp_config *config)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = BPF_F_RDONLY_PROG);
	uint8_t value[LIBXDP_CONFIG_SIZE];
	const uint32_t key = 0;
	cleanup(closep) int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xdpd_record", sizeof(key),
						sizeof(value), 1, &options);

	libxdp_config_format(config, value);
	if (fd < 0 || bpf_map_update_elem(fd, &key, value, BPF_ANY) < 0 || bpf_map_freeze(fd) < 0)
		return -errno;
	return steal_fd(&fd);
}

int libxdp_config_write(const struct libxdp_config *config, int program_fd, struct error *error)
{
	cleanup(closep) int fd = make_map(config);

	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, fd,
				 "cannot store the record for libxdp in a map: %s", errno_name(fd));
	if (bpf_prog_bind_map(program_fd, fd, NULL) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot bind the record for libxdp to the rootlet: %s",
				 errno_name(errno));
	return 0;
}

static void btfp(struct btf **btf)
{
	btf__free(*btf);
}

/*
 * The version in a dispatcher's BTF, which is the length of an array that a variable points to; 0: there is
 * none.
 */
static unsigned int declared_version(uint32_t btf_id)
{
	cleanup(btfp) struct btf *btf = btf__load_from_kernel_by_id(btf_id);
	const struct btf_type *type;
	int id = btf ? btf__find_by_name_kind(btf, "dispatcher_version", BTF_KIND_VAR) : -1;

	if (id < 0)
		return 0;
	type = btf__type_by_id(btf, btf__type_by_id(btf, id)->type);
	if (!type || !btf_is_ptr(type))
		return 0;
	type = btf__type_by_id(btf, type->type);
	return type && btf_is_array(type) ? btf_array(type)->nelems : 0;
}

/*
 * Reads the only value of a map for constants. Returns its size, or a negative errno, also if the map is a
 * different one.
 */
static int read_constants(uint32_t map_id, uint8_t value[static VALUE_MAX])
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info), key = 0;
	cleanup(closep) int fd = bpf_map_get_fd_by_id(map_id);

	if (fd < 0 || bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	if (info.type != BPF_MAP_TYPE_ARRAY || info.max_entries != 1 ||
	    !(info.map_flags & BPF_F_RDONLY_PROG) || info.value_size > VALUE_MAX)
		return -ENOENT;
	return bpf_map_lookup_elem(fd, &key, value) < 0 ? -errno : (int)info.value_size;
}

int libxdp_config_read(int program_fd, struct libxdp_config *ret, struct error *error)
{
	uint8_t value[VALUE_MAX];
	struct prog_info info;
	int result = prog_info_read(program_fd, &info);

	if (result == 0 && (strcmp(info.name, LIBXDP_DISPATCHER_NAME) || info.n_maps != 1))
		result = -ENOENT;
	if (result == 0)
		result = read_constants(info.map_ids[0], value);
	if (result < 0)
		return error_set(error, ERROR_UNSUPPORTED, result,
				 "cannot read the record of libxdp's dispatcher: %s",
				 errno_name(result));
	return libxdp_config_parse(value, result, declared_version(info.btf_id), ret, error);
}
