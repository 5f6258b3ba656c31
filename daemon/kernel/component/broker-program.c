// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Calls for programs: the parser can load only the program that the daemon chose, and only with maps and BTF
 * that the daemon gave it or that it created.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/kernel/component/broker-internal.h"
#include "daemon/kernel/component/program-load.h"
#include "object/instruction.h"
#include "sandbox/calls.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <string.h>

#define INSTRUCTIONS_MAX 1000000 /* the kernel's BPF_COMPLEXITY_LIMIT_INSNS */
#define RECORD_SIZE_MAX	 64
#define MODULES_MAX	 256 /* the kernel's MAX_KFUNC_BTFS */
/*
 * Programs with which libbpf probes the kernel are shorter than this, and nothing ever runs them.
 */
#define PROBE_MAX 32

/* A program as the parser describes it. */
struct program {
	struct call_prog_load head;
	const char *license;
	size_t n_instructions;
	struct bpf_insn *instructions; /* with descriptors in place of handles; to be freed */
	size_t n_functions;
	const void *functions;
	size_t n_lines;
	const void *lines;
	int btf_fd;
	size_t n_modules;
	int modules[MODULES_MAX];
};

static void program_done(struct program *program)
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

static int get_modules(const struct broker *broker, struct parcel *call, struct program *program)
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

static int get_instructions(struct parcel *call, struct program *program)
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

static int get_program(const struct broker *broker, struct parcel *call, struct program *ret)
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
static bool names_module(const struct program *program, const struct bpf_insn *call)
{
	return !call->off || (call->off > 0 && (size_t)call->off < program->n_modules);
}

static int change_instructions(struct broker *broker, struct program *program)
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

/* Records the code of the chosen program before a wrapper is put in front of it. */
static int record(struct broker *broker, const struct program *program)
{
	struct program_code *code = &broker->code;

	program_code_done(code);
	if (program->btf_fd > 0)
		code->btf_fd = fcntl(program->btf_fd, F_DUPFD_CLOEXEC, 3);
	code->instructions =
		program_code_copy_records(program->instructions, program->n_instructions,
					  sizeof(*code->instructions), sizeof(*code->instructions));
	code->n_instructions = code->instructions ? program->n_instructions : 0;
	code->functions = program_code_copy_records(program->functions, program->n_functions,
						    program->head.function_size,
						    sizeof(*code->functions));
	code->n_functions = code->functions ? program->n_functions : 0;
	code->lines = program_code_copy_records(program->lines, program->n_lines,
						program->head.line_size, sizeof(*code->lines));
	code->n_lines = code->lines ? program->n_lines : 0;
	return code->n_instructions ? program_code_take_modules(
					      code, program->n_modules ? program->modules : NULL)
				    : -ENOMEM;
}

static void put_wrapper(const struct entry_wrapper *wrapper, struct bpf_prog_load_opts *options)
{
	options->func_info = wrapper->functions;
	options->func_info_cnt = wrapper->n_functions;
	options->func_info_rec_size = sizeof(*wrapper->functions);
	options->line_info = wrapper->lines;
	options->line_info_cnt = wrapper->n_lines;
	options->line_info_rec_size = sizeof(*wrapper->lines);
}

/* The kernel accepts no flags and no attach type for an extension. */
static void put_target(const struct extension_target *target, struct bpf_prog_load_opts *options)
{
	options->expected_attach_type = 0;
	options->prog_flags = 0;
	options->attach_prog_fd = target->program_fd;
	options->attach_btf_id = target->function_id;
}

static int load_chosen(struct broker *broker, const struct program *program,
		       struct bpf_prog_load_opts *options)
{
	cleanup(entry_wrapper_done) struct entry_wrapper wrapper = {};
	const struct bpf_insn *instructions = program->instructions;
	size_t n_instructions = program->n_instructions;
	int result = record(broker, program);

	broker->n_attempts++;
	if (result < 0 || broker->is_trial)
		return result < 0 ? result : -ECANCELED;
	if (broker->arguments) {
		result = entry_wrapper_init(&broker->code, broker->arguments, &wrapper);
		if (result < 0)
			return result;
		put_wrapper(&wrapper, options);
		instructions = wrapper.instructions;
		n_instructions = wrapper.n_instructions;
	}
	if (broker->target)
		put_target(broker->target, options);
	return program_load(broker->target ? BPF_PROG_TYPE_EXT : BPF_PROG_TYPE_XDP,
			    *program->head.name ? program->head.name : NULL, program->license,
			    instructions, n_instructions, options);
}

/* Is it one of the programs with which libbpf probes the kernel, and which it closes at once? */
static bool is_probe(const struct program *program)
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

static int load_other(struct broker *broker, const struct program *program,
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

static void put_log(struct parcel *reply, const char *log)
{
	size_t length = log ? strlen(log) : 0;
	size_t sent = length < PARSER_LOG_MAX ? length : PARSER_LOG_MAX;

	parcel_put_blob(reply, log ? log + length - sent : NULL, sent);
}

static char *get_log(struct broker *broker, unsigned int level)
{
	if (broker->log_size != verifier_log_size(level)) {
		free(broker->log);
		broker->log_size = verifier_log_size(level);
		broker->log = malloc(broker->log_size);
	}
	if (broker->log)
		broker->log[0] = '\0';
	return broker->log;
}

static int load_checked(struct broker *broker, const struct program *program, struct parcel *reply)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .attempts = 1,
		    .expected_attach_type = broker->target ? 0 : broker->attach_type,
		    .prog_flags = broker->target ? 0 : broker->flags,
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
		options.log_buf = get_log(broker, options.log_level);
		options.log_size = options.log_buf ? broker->log_size : 0;
		options.log_level = options.log_buf ? options.log_level : 0;
	}
	is_chosen = program->head.is_chosen && program->head.type == BPF_PROG_TYPE_XDP;
	result = is_chosen ? load_chosen(broker, program, &options)
			   : load_other(broker, program, &options);
	if (result >= 0 && is_chosen && options.log_buf)
		verifier_work_read(options.log_buf, &broker->work);
	put_log(reply, options.log_buf);
	return result;
}

int broker_load_program(struct broker *broker, struct parcel *call, struct parcel *reply)
{
	cleanup(program_done) struct program program = {};
	struct brokered item = { .kind = BROKERED_PROGRAM };
	int result = get_program(broker, call, &program) ?: change_instructions(broker, &program);

	if (result == 0)
		result = load_checked(broker, &program, reply);
	else
		put_log(reply, NULL);
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
