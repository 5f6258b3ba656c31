// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Calls for programs: the parser can load only XDP programs, and only with maps and BTF that it was given or
 * that it created.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "broker/internal.h"
#include "broker/program-check.h"
#include "broker/program-load.h"
#include "object/instruction.h"
#include "sandbox/calls.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>

#define INSTRUCTIONS_MAX 1000000 /* the kernel's BPF_COMPLEXITY_LIMIT_INSNS */
#define RECORD_SIZE_MAX	 64
/*
 * Programs with which libbpf probes the kernel are shorter than this, and nothing ever runs them.
 */
#define PROBE_MAX 32

static void program_done(struct described_program *program)
{
	free(program->instructions);
}

/* -1: the number of records is wrong, or their size is not one that we know. */
static const void *get_records(struct parcel *call, size_t record_size, size_t least,
			       size_t *ret_count, bool *ret_is_good)
{
	size_t size;
	const void *records = parcel_get_blob(call, &size);

	*ret_count = 0;
	if (!records)
		return NULL;
	if (record_size < least || record_size > RECORD_SIZE_MAX || record_size % 4 ||
	    size % record_size) {
		*ret_is_good = false;
		return NULL;
	}
	*ret_count = size / record_size;
	return records;
}

static int get_modules(const struct broker *broker, struct parcel *call,
		       struct described_program *program)
{
	size_t size;
	const uint32_t *handles = parcel_get_blob(call, &size);

	if (size > sizeof(program->modules) || size % sizeof(*handles))
		return -EPROTO;
	program->n_modules = size / sizeof(*handles);
	for (size_t i = 0; i < program->n_modules; i++) {
		uint32_t handle;

		memcpy(&handle, (const char *)handles + i * sizeof(handle), sizeof(handle));
		program->modules[i] = broker_find_fd(broker, handle, BROKERED_BTF);
		/* Only the first position may be empty: it means the kernel's own types. */
		if (program->modules[i] < 0 || (i > 0 && !handle))
			return -EBADF;
	}
	return 0;
}

static int get_instructions(struct parcel *call, struct described_program *program)
{
	size_t size;
	const void *instructions = parcel_get_blob(call, &size);

	if (!instructions || size % sizeof(*program->instructions) ||
	    size / sizeof(*program->instructions) > INSTRUCTIONS_MAX)
		return -EPROTO;
	program->instructions = malloc(size);
	if (!program->instructions)
		return -ENOMEM;
	memcpy(program->instructions, instructions, size);
	program->n_instructions = size / sizeof(*program->instructions);
	return 0;
}

static int get_program(const struct broker *broker, struct parcel *call,
		       struct described_program *ret)
{
	bool is_good = true;
	int result;

	parcel_get(call, &ret->head, sizeof(ret->head));
	ret->license = parcel_get_text(call);
	result = get_instructions(call, ret);
	if (result < 0)
		return result;
	ret->functions = get_records(call, ret->head.function_size, sizeof(struct bpf_func_info),
				     &ret->n_functions, &is_good);
	ret->lines = get_records(call, ret->head.line_size, sizeof(struct bpf_line_info),
				 &ret->n_lines, &is_good);
	result = get_modules(broker, call, ret);
	if (!parcel_is_read(call) || !is_good || !ret->license ||
	    ret->head.name[sizeof(ret->head.name) - 1] || ret->n_functions > ret->n_instructions ||
	    ret->n_lines > ret->n_instructions)
		return -EPROTO;
	ret->btf_fd = broker_find_fd(broker, ret->head.btf, BROKERED_BTF);
	return ret->btf_fd < 0 ? -EBADF : result;
}

static bool uses_map(const struct bpf_insn *load)
{
	return load->src_reg == BPF_PSEUDO_MAP_FD || load->src_reg == BPF_PSEUDO_MAP_VALUE ||
	       load->src_reg == BPF_PSEUDO_MAP_IDX || load->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
}

static bool is_by_descriptor(const struct bpf_insn *load)
{
	return load->src_reg == BPF_PSEUDO_MAP_FD || load->src_reg == BPF_PSEUDO_MAP_VALUE;
}

/*
 * Replaces handles by descriptors. -EBADF: an instruction uses a handle that this conversation does not
 * have.
 */
static int change_load(struct broker *broker, struct bpf_insn *load)
{
	if (uses_map(load)) {
		const struct brokered *map = is_by_descriptor(load)
						     ? broker_find(broker, load->imm, BROKERED_MAP)
						     : NULL;

		broker->uses_others |= !map;
		load->imm = map ? map->fd : -1;
		return map ? 0 : -EBADF;
	}
	if (load->src_reg == BPF_PSEUDO_BTF_ID) {
		load[1].imm = broker_find_fd(broker, load[1].imm, BROKERED_BTF);
		return load[1].imm < 0 ? -EBADF : 0;
	}
	return 0;
}

/* Is the module's position inside the list of descriptors? */
static bool names_module(const struct described_program *program, const struct bpf_insn *call)
{
	return !call->off || (call->off > 0 && (size_t)call->off < program->n_modules);
}

static int change_instructions(struct broker *broker, struct described_program *program)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < program->n_instructions; i++) {
		struct bpf_insn *load = &program->instructions[i];

		if (is_kernel_function_call(load) && !names_module(program, load))
			return -EINVAL;
		if (!is_wide_load(load))
			continue;
		result = i + 1 < program->n_instructions ? change_load(broker, load) : -EINVAL;
		i++;
	}
	return result;
}

/* Is it one of the programs with which libbpf probes the kernel, and which it closes at once? */
static bool is_probe(const struct described_program *program)
{
	static const enum bpf_prog_type types[] = {
		BPF_PROG_TYPE_SOCKET_FILTER,
		BPF_PROG_TYPE_TRACEPOINT,
		BPF_PROG_TYPE_KPROBE,
		BPF_PROG_TYPE_CGROUP_SOCK,
	};

	for (size_t i = 0; i < array_size(types); i++)
		if (program->head.type == types[i])
			return program->n_instructions <= PROBE_MAX;
	return false;
}

static int load_other(const struct broker *broker, const struct described_program *program,
		      struct bpf_prog_load_opts *options)
{
	bool probes = is_probe(program);

	if (!probes && program->head.type != BPF_PROG_TYPE_XDP)
		return -EINVAL;
	if (probes) {
		options->prog_flags = 0;
		options->prog_ifindex = 0;
		options->expected_attach_type = program->head.attach_type;
		options->kern_version = program->head.kernel_version;
	} else if (broker->is_trial) {
		return -ECANCELED;
	}
	return program_load(program->head.type, *program->head.name ? program->head.name : NULL,
			    program->license, program->instructions, program->n_instructions,
			    options);
}

static int load_checked(struct broker *broker, const struct described_program *program,
			struct parcel *reply)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .attempts = 1,
		    .expected_attach_type = broker->attach_type,
		    .prog_flags = broker->flags | (program->head.flags & broker->other_flags),
		    .prog_ifindex = broker->bound_to, .prog_btf_fd = program->btf_fd,
		    .func_info = program->functions, .func_info_cnt = program->n_functions,
		    .func_info_rec_size = program->n_functions ? program->head.function_size : 0,
		    .line_info = program->lines, .line_info_cnt = program->n_lines,
		    .line_info_rec_size = program->n_lines ? program->head.line_size : 0,
		    .fd_array = program->n_modules ? program->modules : NULL);
	bool is_chosen;
	int result;

	if (program->head.log_level) {
		options.log_level = program->head.log_level & 7;
		options.log_buf = broker_get_log(broker, options.log_level);
		options.log_size = options.log_buf ? broker->log_size : 0;
		options.log_level = options.log_buf ? options.log_level : 0;
	}
	is_chosen = program->head.is_chosen && program->head.type == BPF_PROG_TYPE_XDP;
	result = is_chosen && broker->load_chosen ? broker->load_chosen(broker, program, &options)
						  : load_other(broker, program, &options);
	if (result >= 0 && is_chosen && options.log_buf)
		verifier_work_read(options.log_buf, &broker->work);
	broker_put_log(reply, options.log_buf);
	return result;
}

/* Programs that probe the kernel are not checked: nothing can run them. */
static int check_author(struct broker *broker, const struct described_program *program)
{
	if (!broker->is_restricted || is_probe(program))
		return 0;
	return program_check(broker, program->instructions, program->n_instructions,
			     &broker->refusal);
}

int broker_load_program(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	cleanup(program_done) struct described_program program = {};
	struct brokered item = { .kind = BROKERED_PROGRAM };
	int result = get_program(broker, call, &program)
			     ?: check_author(broker, &program)
			     ?: change_instructions(broker, &program);

	if (result == 0)
		result = load_checked(broker, &program, reply);
	else
		broker_put_log(reply, NULL);
	errno = -result;
	return result < 0 ? result : broker_add_fd(broker, result, &item);
}

int broker_bind_map(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	const struct brokered *program = broker_find(broker, parcel_get_u32(call),
						     BROKERED_PROGRAM);
	const struct brokered *map = broker_find(broker, parcel_get_u32(call), BROKERED_MAP);

	(void)reply;
	if (!parcel_is_read(call) || !map || !program)
		return -EPROTO;
	return bpf_prog_bind_map(program->fd, map->fd, NULL) < 0 ? -errno : 0;
}
