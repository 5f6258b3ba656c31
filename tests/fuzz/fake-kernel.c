// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "tests/fuzz/fake-kernel.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define FDS_MAX	     4096
#define TYPES_SIZE   64
#define MAPS_TOO_BIG (1 << 20)

enum kind { NOTHING, MAP, PROGRAM, TYPES };

static struct {
	uint32_t allowed_flags;
	enum kind kinds[FDS_MAX]; /* by descriptor */
	struct bpf_map_info maps[FDS_MAX];
} fake;

void fake_kernel_begin(uint32_t allowed_flags)
{
	memset(fake.kinds, 0, sizeof(fake.kinds));
	fake.allowed_flags = allowed_flags;
}

static void expect(bool holds)
{
	if (!holds)
		abort();
}

static bool is(int fd, enum kind kind)
{
	return fd > 0 && fd < FDS_MAX && fake.kinds[fd] == kind;
}

static int make(enum kind kind)
{
	int fd = open("/dev/null", O_RDONLY | O_CLOEXEC);

	expect(fd > 0 && fd < FDS_MAX);
	fake.kinds[fd] = kind;
	return fd;
}

static int fail(int number)
{
	errno = number;
	return -1;
}

/* The sanitizer finds out whether all of it is there. */
static void read_all(const void *bytes, size_t size)
{
	const volatile unsigned char *at = bytes;

	for (size_t i = 0; i < size; i++)
		(void)at[i];
}

int bpf_map_create(enum bpf_map_type type, const char *name, __u32 key_size, __u32 value_size,
		   __u32 max_entries, const struct bpf_map_create_opts *options)
{
	int fd;

	expect(!options->inner_map_fd || is(options->inner_map_fd, MAP));
	expect(!options->btf_fd || is(options->btf_fd, TYPES));
	expect(!name || strlen(name) < BPF_OBJ_NAME_LEN);
	if (!max_entries || key_size > MAPS_TOO_BIG || value_size > MAPS_TOO_BIG)
		return fail(EINVAL);
	fd = make(MAP);
	fake.maps[fd] = (struct bpf_map_info){ .type = type,
					       .key_size = key_size,
					       .value_size = value_size };
	return fd;
}

int bpf_map_update_elem(int fd, const void *key, const void *value, __u64 flags)
{
	const struct bpf_map_info *map;

	(void)flags;
	expect(is(fd, MAP));
	map = &fake.maps[fd];
	read_all(key, map->key_size);
	read_all(value, map->value_size);
	if (map->type == BPF_MAP_TYPE_PROG_ARRAY)
		expect(is(*(const int *)value, PROGRAM));
	else if (map->type == BPF_MAP_TYPE_ARRAY_OF_MAPS || map->type == BPF_MAP_TYPE_HASH_OF_MAPS)
		expect(is(*(const int *)value, MAP));
	else
		expect(map->type == BPF_MAP_TYPE_ARRAY);
	return 0;
}

int bpf_map_freeze(int fd)
{
	expect(is(fd, MAP));
	return 0;
}

int bpf_map_get_info_by_fd(int fd, struct bpf_map_info *ret, __u32 *size)
{
	expect(is(fd, MAP) && *size == sizeof(*ret));
	*ret = fake.maps[fd];
	return 0;
}

static void check_instructions(const struct bpf_insn *instructions, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct bpf_insn *load = &instructions[i];

		if (!is_wide_load(load))
			continue;
		expect(i + 1 < count);
		expect(load->src_reg != BPF_PSEUDO_MAP_IDX &&
		       load->src_reg != BPF_PSEUDO_MAP_IDX_VALUE);
		if (load->src_reg == BPF_PSEUDO_MAP_FD || load->src_reg == BPF_PSEUDO_MAP_VALUE)
			expect(is(load->imm, MAP));
		if (load->src_reg == BPF_PSEUDO_BTF_ID)
			expect(!load[1].imm || is(load[1].imm, TYPES));
		i++;
	}
}

/* The kernel looks for the module of a call in the list, whose length it is not told. */
static void check_modules(const struct bpf_insn *instructions, size_t count, const int *modules)
{
	for (size_t i = 0; i < count; i++) {
		if (is_wide_load(&instructions[i]))
			i++;
		else if (is_kernel_function_call(&instructions[i]) && instructions[i].off)
			expect(modules && is(modules[instructions[i].off], TYPES));
	}
}

int bpf_prog_load(enum bpf_prog_type type, const char *name, const char *license,
		  const struct bpf_insn *instructions, size_t count,
		  struct bpf_prog_load_opts *options)
{
	bool is_probe = type == BPF_PROG_TYPE_SOCKET_FILTER || type == BPF_PROG_TYPE_TRACEPOINT ||
			type == BPF_PROG_TYPE_KPROBE || type == BPF_PROG_TYPE_CGROUP_SOCK;

	expect(type == BPF_PROG_TYPE_XDP || (is_probe && count <= 32));
	expect(!(options->prog_flags & ~fake.allowed_flags) && !options->prog_ifindex &&
	       !options->attach_prog_fd && !options->attach_btf_id);
	expect(is_probe || options->expected_attach_type == BPF_XDP);
	expect(!name || strlen(name) < BPF_OBJ_NAME_LEN);
	expect(!options->prog_btf_fd || is(options->prog_btf_fd, TYPES));
	read_all(license, strlen(license));
	read_all(options->func_info, (size_t)options->func_info_cnt * options->func_info_rec_size);
	read_all(options->line_info, (size_t)options->line_info_cnt * options->line_info_rec_size);
	check_instructions(instructions, count);
	check_modules(instructions, count, options->fd_array);
	if (options->log_buf)
		strcpy(options->log_buf, "processed 1 insns\n");
	return make(PROGRAM);
}

int bpf_prog_bind_map(int program, int map, const struct bpf_prog_bind_opts *options)
{
	(void)options;
	expect(is(program, PROGRAM) && is(map, MAP));
	return 0;
}

int bpf_btf_load(const void *types, size_t size, struct bpf_btf_load_opts *options)
{
	read_all(types, size);
	if (options->log_buf)
		strcpy(options->log_buf, "magic\n");
	return size % 2 ? fail(EINVAL) : make(TYPES);
}

int bpf_btf_get_next_id(__u32 id, __u32 *ret)
{
	*ret = id + 1;
	return id < 3 ? 0 : fail(ENOENT);
}

int bpf_btf_get_fd_by_id(__u32 id)
{
	return id && id <= 3 ? make(TYPES) : fail(ENOENT);
}

int bpf_btf_get_info_by_fd(int fd, struct bpf_btf_info *info, __u32 *size)
{
	expect(is(fd, TYPES) && *size == sizeof(*info));
	if (info->btf_size)
		memset((void *)(uintptr_t)info->btf, 1,
		       info->btf_size < TYPES_SIZE ? info->btf_size : TYPES_SIZE);
	if (info->name_len)
		strcpy((void *)(uintptr_t)info->name, "vmlinux");
	info->id = 1;
	info->btf_size = TYPES_SIZE;
	info->kernel_btf = true;
	return 0;
}
