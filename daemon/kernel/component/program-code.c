#define _GNU_SOURCE
#include "daemon/kernel/component/program-code.h"

#include "base/cleanup.h"
#include "daemon/kernel/component/entry-wrapper.h"
#include "object/object.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <stdbool.h>
#include <string.h>

/* libbpf's callback before a load gets nothing of ours but the program. */
static _Thread_local struct {
	const struct bpf_program *program;
	const struct extension_target *target;
	const struct arguments *arguments;
	bool only;
	struct program_code *code;
	struct entry_wrapper wrapper; /* while it is loaded */
} recorder;

/*
 * Copies an array of records of `record_size` bytes each into one of records of `size` bytes. The
 * kernel's may be longer than those we were compiled with, never shorter.
 */
static void *copy_records(const void *from, size_t count, size_t record_size, size_t size)
{
	char *copy = count && record_size >= size ? calloc(count, size) : NULL;

	for (size_t i = 0; copy && i < count; i++)
		memcpy(copy + i * size, (const char *)from + i * record_size, size);
	return copy;
}

static void record(struct program_code *code, const struct bpf_program *program,
		   const struct bpf_prog_load_opts *options)
{
	program_code_done(code);
	if (options->prog_btf_fd > 0)
		code->btf_fd = fcntl(options->prog_btf_fd, F_DUPFD_CLOEXEC, 3);
	code->n_instructions = bpf_program__insn_cnt(program);
	code->instructions = copy_records(bpf_program__insns(program), code->n_instructions,
					  sizeof(*code->instructions), sizeof(*code->instructions));
	code->functions = copy_records(options->func_info, options->func_info_cnt,
				       options->func_info_rec_size, sizeof(*code->functions));
	code->n_functions = code->functions ? options->func_info_cnt : 0;
	code->lines = copy_records(options->line_info, options->line_info_cnt,
				   options->line_info_rec_size, sizeof(*code->lines));
	code->n_lines = code->lines ? options->line_info_cnt : 0;
}

/*
 * An extension takes no flags and no attach type. libbpf drops its callbacks from a program whose
 * type is changed, so that it is done in the last of them.
 */
static int make_extension(struct bpf_program *program, struct bpf_prog_load_opts *options,
			  const struct extension_target *target)
{
	options->expected_attach_type = 0;
	options->prog_flags = 0;
	options->attach_prog_fd = target->program_fd;
	options->attach_btf_id = target->function_id;
	return bpf_program__set_type(program, BPF_PROG_TYPE_EXT);
}

/* Copies of what is in the caller are all that libbpf does not make. */
static int put_wrapper(struct bpf_program *program, struct bpf_prog_load_opts *options)
{
	struct entry_wrapper *wrapper = &recorder.wrapper;
	int result;

	entry_wrapper_done(wrapper);
	result = entry_wrapper_init(recorder.code, recorder.arguments, wrapper);
	if (result < 0)
		return result;
	options->func_info = wrapper->functions;
	options->func_info_cnt = wrapper->n_functions;
	options->func_info_rec_size = sizeof(*wrapper->functions);
	options->line_info = wrapper->lines;
	options->line_info_cnt = wrapper->n_lines;
	options->line_info_rec_size = sizeof(*wrapper->lines);
	return bpf_program__set_insns(program, wrapper->instructions, wrapper->n_instructions);
}

static int before_load(struct bpf_program *program, struct bpf_prog_load_opts *options, long cookie)
{
	(void)cookie;
	if (program != recorder.program)
		return 0;
	record(recorder.code, program, options);
	if (recorder.only)
		return -ECANCELED;
	if (recorder.arguments)
		return put_wrapper(program, options);
	return recorder.target ? make_extension(program, options, recorder.target) : 0;
}

int program_code_init(struct error *error)
{
	return object_init(before_load, error);
}

void program_code_record_begin(struct program_code *code, const struct bpf_program *program,
			       const struct extension_target *target,
			       const struct arguments *arguments)
{
	recorder.target = target;
	recorder.arguments = arguments;
	recorder.program = program;
	recorder.code = code;
	recorder.only = false;
}

void program_code_record_only_begin(struct program_code *code, const struct bpf_program *program)
{
	program_code_record_begin(code, program, NULL, NULL);
	recorder.only = true;
}

void program_code_record_end(void)
{
	recorder.program = NULL;
	recorder.code = NULL;
	entry_wrapper_done(&recorder.wrapper);
}

/* By a descriptor, or by its place in a list of descriptors that libbpf hands over for other things. */
static bool is_map(const struct bpf_insn *instruction)
{
	return instruction->src_reg == BPF_PSEUDO_MAP_FD ||
	       instruction->src_reg == BPF_PSEUDO_MAP_VALUE ||
	       instruction->src_reg == BPF_PSEUDO_MAP_IDX ||
	       instruction->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
}

/* The number of the first instruction from `next` on that uses a map; that of all if none does. */
static size_t next_with_map(const struct bpf_insn *instructions, size_t n_instructions, size_t next)
{
	while (next < n_instructions) {
		bool is_wide = instructions[next].code == (BPF_LD | BPF_IMM | BPF_DW);

		if (is_wide && is_map(&instructions[next]))
			return next;
		next += is_wide ? 2 : 1;
	}
	return n_instructions;
}

/* What becomes of a descriptor, by its number. */
struct map_table {
	int size;
	int *to; /* -1: it is none of the maps */
};

static int make_table(const struct map_changes *changes, struct map_table *ret)
{
	struct map_table table = {};

	for (size_t i = 0; i < changes->n_maps; i++)
		if (changes->from[i] >= table.size)
			table.size = changes->from[i] + 1;
	table.to = malloc((table.size + 1) * sizeof(*table.to));
	if (!table.to)
		return -ENOMEM;
	for (int i = 0; i < table.size; i++)
		table.to[i] = -1;
	for (size_t i = 0; i < changes->n_maps; i++)
		if (changes->from[i] >= 0)
			table.to[changes->from[i]] = changes->to[i];
	*ret = table;
	return 0;
}

/* -1: the instruction uses none of the maps. */
static int find_change(const struct map_table *table, const struct bpf_insn *instruction)
{
	bool by_descriptor = instruction->src_reg == BPF_PSEUDO_MAP_FD ||
			     instruction->src_reg == BPF_PSEUDO_MAP_VALUE;

	return by_descriptor && instruction->imm >= 0 && instruction->imm < table->size
		       ? table->to[instruction->imm]
		       : -1;
}

static bool uses_others(const struct map_table *table, const struct bpf_insn *instructions,
			size_t n_instructions)
{
	for (size_t i = next_with_map(instructions, n_instructions, 0); i < n_instructions;
	     i = next_with_map(instructions, n_instructions, i + 2))
		if (find_change(table, &instructions[i]) < 0)
			return true;
	return false;
}

int code_check_maps(const struct bpf_insn *instructions, size_t n_instructions,
		    const struct map_changes *maps)
{
	struct map_table table;
	int result = make_table(maps, &table);

	if (result < 0)
		return result;
	result = uses_others(&table, instructions, n_instructions) ? -ENOENT : 0;
	free(table.to);
	return result;
}

int program_code_change_maps(struct program_code *code, const struct map_changes *changes)
{
	struct bpf_insn *instructions = code->instructions;
	size_t n_instructions = code->n_instructions;
	struct map_table table;
	int result = make_table(changes, &table);

	if (result < 0)
		return result;
	if (uses_others(&table, instructions, n_instructions))
		result = -ENOENT;
	for (size_t i = next_with_map(instructions, n_instructions, 0);
	     result == 0 && i < n_instructions;
	     i = next_with_map(instructions, n_instructions, i + 2))
		instructions[i].imm = find_change(&table, &instructions[i]);
	free(table.to);
	return result;
}

int program_code_copy(const struct program_code *code, struct program_code *ret)
{
	struct program_code copy = {
		.n_instructions = code->n_instructions,
		.instructions = copy_records(code->instructions, code->n_instructions,
					     sizeof(*code->instructions),
					     sizeof(*code->instructions)),
		.n_functions = code->n_functions,
		.functions = copy_records(code->functions, code->n_functions,
					  sizeof(*code->functions), sizeof(*code->functions)),
		.n_lines = code->n_lines,
		.lines = copy_records(code->lines, code->n_lines, sizeof(*code->lines),
				      sizeof(*code->lines)),
		.btf_fd = code->btf_fd > 0 ? fcntl(code->btf_fd, F_DUPFD_CLOEXEC, 3) : 0,
	};
	int failure = copy.btf_fd < 0 ? -errno : 0;

	if (!copy.instructions || (copy.n_functions && !copy.functions) ||
	    (copy.n_lines && !copy.lines))
		failure = -ENOMEM;
	if (failure)
		program_code_done(&copy);
	else
		*ret = copy;
	return failure;
}

struct btf *program_code_btf(const struct program_code *code)
{
	struct bpf_btf_info info = {};
	__u32 size = sizeof(info);

	if (bpf_btf_get_info_by_fd(code->btf_fd, &info, &size) < 0)
		return NULL;
	return btf__load_from_kernel_by_id(info.id);
}

void program_code_done(struct program_code *code)
{
	if (code->btf_fd > 0)
		close(code->btf_fd);
	free(code->instructions);
	free(code->functions);
	free(code->lines);
	*code = (struct program_code){};
}
