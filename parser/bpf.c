// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * libbpf's bpf(2) calls through the C library's syscall() become messages here. The commands are those that
 * libbpf needs to load an object, and to find out what the kernel supports.
 */
#define _GNU_SOURCE
#include "parser/bpf.h"

#include "base/cleanup.h"
#include "parser/calls-internal.h"
#include "parser/calls.h"
#include "sandbox/calls.h"
#include "sandbox/parcel.h"

#include <linux/bpf.h>
#include <string.h>

/* The attributes of the caller, up to this size; the rest is zero. */
struct command {
	union bpf_attr attributes;
	union bpf_attr *from;
};

/* Global, because the processes that the zygote starts inherit it. */
static bool loads_programs;

void bpf_can_load(void)
{
	loads_programs = true;
}

static void *pointer(uint64_t address)
{
	return (void *)(uintptr_t)address;
}

/* The descriptor that a call created, or its errno. */
static int descriptor(int result)
{
	return result > 0 ? calls_descriptor(result) : result;
}

static int call_without_reply(const struct parcel *call)
{
	cleanup(parcel_done) struct parcel reply = {};

	return calls_make(call, &reply);
}

static int btf_descriptor(int result)
{
	int fd = descriptor(result);

	if (fd >= 0)
		calls_shape(fd)->is_btf = true;
	return fd;
}

/* Copies the log of a reply to the address that the caller gave. */
static void get_log(struct parcel *reply, uint64_t address, size_t size_max)
{
	char *to = pointer(address);
	size_t size;
	const char *log = parcel_get_blob(reply, &size);

	if (!to || !size_max)
		return;
	if (size >= size_max)
		size = size_max - 1;
	if (log)
		memcpy(to, log, size);
	to[size] = '\0';
}

static int load_btf(struct command *command)
{
	const union bpf_attr *attributes = &command->attributes;
	cleanup(parcel_done) struct parcel call = { .kind = CALL_BTF_LOAD };
	cleanup(parcel_done) struct parcel reply = {};
	int result;

	parcel_put_blob(&call, pointer(attributes->btf), attributes->btf_size);
	parcel_put_u32(&call, attributes->btf_log_level != 0);
	result = calls_make(&call, &reply);
	get_log(&reply, attributes->btf_log_buf, attributes->btf_log_size);
	return btf_descriptor(result);
}

static int create_map(struct command *command)
{
	const union bpf_attr *attributes = &command->attributes;
	struct call_map_create map = {
		.type = attributes->map_type,
		.key_size = attributes->key_size,
		.value_size = attributes->value_size,
		.max_entries = attributes->max_entries,
		.flags = attributes->map_flags,
		.numa_node = attributes->numa_node,
		.inner_map = calls_handle(attributes->inner_map_fd),
		.btf = calls_handle(attributes->btf_fd),
		.btf_key_type = attributes->btf_key_type_id,
		.btf_value_type = attributes->btf_value_type_id,
		.extra = attributes->map_extra,
	};
	cleanup(parcel_done) struct parcel call = { .kind = CALL_MAP_CREATE };
	int fd;

	if (attributes->map_ifindex || attributes->btf_vmlinux_value_type_id)
		return -EOPNOTSUPP;
	memcpy(map.name, attributes->map_name, sizeof(map.name));
	parcel_put(&call, &map, sizeof(map));
	fd = descriptor(call_without_reply(&call));
	if (fd >= 0)
		*calls_shape(fd) = (struct map_shape){ false, map.type, map.key_size,
						       map.value_size };
	return fd;
}

/* The values of these maps are descriptors. */
static bool has_handles(const struct map_shape *shape)
{
	return shape->type == BPF_MAP_TYPE_PROG_ARRAY ||
	       shape->type == BPF_MAP_TYPE_ARRAY_OF_MAPS ||
	       shape->type == BPF_MAP_TYPE_HASH_OF_MAPS;
}

/* libbpf sets no entries of per-CPU maps, whose values would be larger. */
static int update_map(struct command *command)
{
	const union bpf_attr *attributes = &command->attributes;
	const struct map_shape *shape = calls_shape(attributes->map_fd);
	struct call_map_update update = {
		.map = calls_handle(attributes->map_fd),
		.flags = attributes->flags,
	};
	cleanup(parcel_done) struct parcel call = { .kind = CALL_MAP_UPDATE };

	if (!shape)
		return -EBADF;
	if (has_handles(shape))
		update.value_handle = calls_handle(*(int *)pointer(attributes->value));
	if (has_handles(shape) && !update.value_handle)
		return -EBADF;
	parcel_put(&call, &update, sizeof(update));
	parcel_put_blob(&call, pointer(attributes->key), shape->key_size);
	parcel_put_blob(&call, pointer(attributes->value),
			update.value_handle ? 0 : shape->value_size);
	return call_without_reply(&call);
}

static int freeze_map(struct command *command)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_MAP_FREEZE };

	parcel_put_u32(&call, calls_handle(command->attributes.map_fd));
	return call_without_reply(&call);
}

/*
 * Replaces descriptors in instructions by their handles. A descriptor that represents nothing, which the
 * author of the object may have written, becomes 0, the invalid handle.
 */
static void put_instructions(struct parcel *call, const struct bpf_insn *from, size_t count)
{
	struct bpf_insn *instructions;

	parcel_put_blob(call, from, count * sizeof(*from));
	if (call->is_bad)
		return;
	instructions = (void *)(call->bytes + call->size - count * sizeof(*from));
	for (size_t i = 0; i + 1 < count; i++) {
		struct bpf_insn *load = &instructions[i];

		if (load->code != (BPF_LD | BPF_IMM | BPF_DW))
			continue;
		if (load->src_reg == BPF_PSEUDO_MAP_FD || load->src_reg == BPF_PSEUDO_MAP_VALUE)
			load->imm = calls_handle(load->imm);
		else if (load->src_reg == BPF_PSEUDO_BTF_ID && load[1].imm)
			load[1].imm = calls_handle(load[1].imm);
		i++;
	}
}

/* Calls of a module's functions refer to an array of descriptors, whose length is not passed. */
static void put_modules(struct parcel *call, const union bpf_attr *attributes)
{
	const struct bpf_insn *instructions = pointer(attributes->insns);
	const int *fds = pointer(attributes->fd_array);
	uint32_t handles[256] = {};
	size_t count = 0;

	for (size_t i = 0; fds && i < attributes->insn_cnt; i++) {
		const struct bpf_insn *instruction = &instructions[i];
		size_t place = (uint16_t)instruction->off;

		if (instruction->code != (BPF_JMP | BPF_CALL) ||
		    instruction->src_reg != BPF_PSEUDO_KFUNC_CALL || !place ||
		    place >= array_size(handles))
			continue;
		handles[place] = calls_handle(fds[place]);
		if (place >= count)
			count = place + 1;
	}
	parcel_put_blob(call, handles, count * sizeof(*handles));
}

/* Before each object, libbpf loads this program to find out whether the process may load any. */
static bool is_trivial(const union bpf_attr *attributes)
{
	static const struct bpf_insn trivial[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	return attributes->prog_type == BPF_PROG_TYPE_SOCKET_FILTER && !*attributes->prog_name &&
	       attributes->insn_cnt == array_size(trivial) &&
	       !memcmp(pointer(attributes->insns), trivial, sizeof(trivial));
}

static int ask_to_load(const union bpf_attr *attributes)
{
	struct call_prog_load program = {
		.is_chosen = calls_is_chosen() && attributes->prog_type == BPF_PROG_TYPE_XDP,
		.type = attributes->prog_type,
		.attach_type = attributes->expected_attach_type,
		.kernel_version = attributes->kern_version,
		.btf = calls_handle(attributes->prog_btf_fd),
		.function_size = attributes->func_info_rec_size,
		.line_size = attributes->line_info_rec_size,
		.log_level = attributes->log_level,
		.flags = attributes->prog_flags,
	};
	cleanup(parcel_done) struct parcel call = { .kind = CALL_PROG_LOAD };
	cleanup(parcel_done) struct parcel reply = {};
	int result;

	memcpy(program.name, attributes->prog_name, sizeof(program.name));
	parcel_put(&call, &program, sizeof(program));
	parcel_put_text(&call, pointer(attributes->license));
	put_instructions(&call, pointer(attributes->insns), attributes->insn_cnt);
	parcel_put_blob(&call, pointer(attributes->func_info),
			(size_t)attributes->func_info_cnt * program.function_size);
	parcel_put_blob(&call, pointer(attributes->line_info),
			(size_t)attributes->line_info_cnt * program.line_size);
	put_modules(&call, attributes);
	result = calls_make(&call, &reply);
	get_log(&reply, attributes->log_buf, attributes->log_size);
	return descriptor(result);
}

static int load_program(struct command *command)
{
	return loads_programs && is_trivial(&command->attributes)
		       ? calls_placeholder()
		       : ask_to_load(&command->attributes);
}

static int bind_map(struct command *command)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_PROG_BIND };

	parcel_put_u32(&call, calls_handle(command->attributes.prog_bind_map.prog_fd));
	parcel_put_u32(&call, calls_handle(command->attributes.prog_bind_map.map_fd));
	return call_without_reply(&call);
}

static int next_btf(struct command *command)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_BTF_NEXT };
	cleanup(parcel_done) struct parcel reply = {};
	int result;

	parcel_put_u32(&call, command->attributes.start_id);
	result = calls_make(&call, &reply);
	if (result == 0)
		command->from->next_id = parcel_get_u32(&reply);
	return result;
}

static int open_btf(struct command *command)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_BTF_OPEN };

	parcel_put_u32(&call, command->attributes.btf_id);
	return btf_descriptor(call_without_reply(&call));
}

/* The kernel's structures grow: fields that the caller does not know are omitted. */
static void put_info(struct command *command, const void *info, size_t size)
{
	if (command->attributes.info.info_len < size)
		size = command->attributes.info.info_len;
	memcpy(pointer(command->attributes.info.info), info, size);
	command->from->info.info_len = size;
}

static int tell_map(struct command *command)
{
	cleanup(parcel_done) struct parcel call = { .kind = CALL_MAP_INFO };
	cleanup(parcel_done) struct parcel reply = {};
	struct bpf_map_info info;
	int result;

	parcel_put_u32(&call, calls_handle(command->attributes.info.bpf_fd));
	result = calls_make(&call, &reply);
	if (result < 0)
		return result;
	parcel_get(&reply, &info, sizeof(info));
	put_info(command, &info, sizeof(info));
	*calls_shape(command->attributes.info.bpf_fd) =
		(struct map_shape){ false, info.type, info.key_size, info.value_size };
	return 0;
}

static int tell_btf(struct command *command)
{
	struct bpf_btf_info *wanted = pointer(command->attributes.info.info), info = {};
	cleanup(parcel_done) struct parcel call = { .kind = CALL_BTF_INFO };
	cleanup(parcel_done) struct parcel reply = {};
	struct call_btf_info said;
	const void *types;
	const char *name;
	size_t size;
	int result;

	parcel_put_u32(&call, calls_handle(command->attributes.info.bpf_fd));
	parcel_put_u32(&call, wanted->btf ? wanted->btf_size : 0);
	result = calls_make(&call, &reply);
	if (result < 0)
		return result;
	parcel_get(&reply, &said, sizeof(said));
	name = parcel_get_text(&reply) ?: "";
	types = parcel_get_blob(&reply, &size);
	info = *wanted;
	info.id = said.id;
	info.btf_size = said.size;
	info.kernel_btf = said.is_of_kernel;
	info.name_len = strlen(name);
	if (wanted->name && wanted->name_len > strlen(name))
		strcpy(pointer(wanted->name), name);
	if (types && wanted->btf && size <= wanted->btf_size)
		memcpy(pointer(wanted->btf), types, size);
	put_info(command, &info, sizeof(info));
	return 0;
}

static int tell(struct command *command)
{
	const struct map_shape *shape = calls_shape(command->attributes.info.bpf_fd);

	if (!shape)
		return -EBADF;
	return shape->is_btf ? tell_btf(command) : tell_map(command);
}

static const struct {
	enum bpf_cmd command;
	int (*act)(struct command *command);
} commands[] = {
	{ BPF_BTF_LOAD, load_btf },	     { BPF_MAP_CREATE, create_map },
	{ BPF_MAP_UPDATE_ELEM, update_map }, { BPF_MAP_FREEZE, freeze_map },
	{ BPF_PROG_LOAD, load_program },     { BPF_PROG_BIND_MAP, bind_map },
	{ BPF_BTF_GET_NEXT_ID, next_btf },   { BPF_BTF_GET_FD_BY_ID, open_btf },
	{ BPF_OBJ_GET_INFO_BY_FD, tell },
};

int bpf_call(int number, void *attributes, size_t size)
{
	struct command command = { .from = attributes };

	if (size > sizeof(command.attributes))
		size = sizeof(command.attributes);
	memcpy(&command.attributes, attributes, size);
	for (size_t i = 0; i < array_size(commands); i++)
		if ((int)commands[i].command == number)
			return commands[i].act(&command);
	return -EOPNOTSUPP;
}
