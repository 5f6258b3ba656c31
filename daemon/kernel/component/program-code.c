// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/component/program-code.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <string.h>

/* The kernel's MAX_KFUNC_BTFS. */
#define MODULES_MAX 256

void *program_code_copy_records(const void *from, size_t count, size_t record_size, size_t size)
{
	char *copy = count && record_size >= size ? calloc(count, size) : NULL;

	for (size_t i = 0; copy && i < count; i++)
		memcpy(copy + i * size, (const char *)from + i * record_size, size);
	return copy;
}

/* It names a map by a descriptor, or by a position in the list of descriptors of the load. */
static bool is_map(const struct bpf_insn *instruction)
{
	return instruction->src_reg == BPF_PSEUDO_MAP_FD ||
	       instruction->src_reg == BPF_PSEUDO_MAP_VALUE ||
	       instruction->src_reg == BPF_PSEUDO_MAP_IDX ||
	       instruction->src_reg == BPF_PSEUDO_MAP_IDX_VALUE;
}

/*
 * The index of the first instruction from `next` on that uses a map; the number of instructions if there is
 * none.
 */
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

/* A table from descriptors to the descriptors that replace them. */
struct map_table {
	int size;
	int *to; /* -1: the descriptor is not one of the maps */
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

/* -1: the instruction uses none of these maps. */
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

static int copy_modules(const struct program_code *code, struct program_code *ret)
{
	ret->modules = calloc(code->n_modules + 1, sizeof(*ret->modules));
	if (!ret->modules)
		return -ENOMEM;
	while (ret->n_modules < code->n_modules) {
		int fd = fcntl(code->modules[ret->n_modules], F_DUPFD_CLOEXEC, 3);

		if (fd < 0)
			return -errno;
		ret->modules[ret->n_modules++] = fd;
	}
	return 0;
}

/*
 * The position of that module, from 1, among those that were taken so far; adds the module if it is new.
 */
static int take_module(struct program_code *code, int *from, int original)
{
	int fd;

	for (size_t i = 0; i < code->n_modules; i++)
		if (from[i] == original)
			return i + 1;
	fd = fcntl(original, F_DUPFD_CLOEXEC, 3);
	if (fd < 0)
		return -errno;
	from[code->n_modules] = original;
	code->modules[code->n_modules++] = fd;
	return code->n_modules;
}

int program_code_take_modules(struct program_code *code, const int *list)
{
	cleanup(freep) int *from = calloc(MODULES_MAX, sizeof(*from));

	code->modules = calloc(MODULES_MAX, sizeof(*code->modules));
	if (!from || !code->modules)
		return -ENOMEM;
	for (size_t i = 0; i < code->n_instructions; i++) {
		struct bpf_insn *instruction = &code->instructions[i];
		int place;

		if (!is_kernel_function_call(instruction) || !instruction->off)
			continue;
		if (!list || instruction->off < 0 || code->n_modules == MODULES_MAX)
			return -EINVAL;
		place = take_module(code, from, list[instruction->off]);
		if (place < 0)
			return place;
		instruction->off = place;
	}
	return 0;
}

int program_code_copy(const struct program_code *code, struct program_code *ret)
{
	struct program_code copy = {
		.n_instructions = code->n_instructions,
		.instructions = program_code_copy_records(code->instructions, code->n_instructions,
							  sizeof(*code->instructions),
							  sizeof(*code->instructions)),
		.n_functions = code->n_functions,
		.functions = program_code_copy_records(code->functions, code->n_functions,
						       sizeof(*code->functions),
						       sizeof(*code->functions)),
		.n_lines = code->n_lines,
		.lines = program_code_copy_records(code->lines, code->n_lines, sizeof(*code->lines),
						   sizeof(*code->lines)),
		.btf_fd = code->btf_fd > 0 ? fcntl(code->btf_fd, F_DUPFD_CLOEXEC, 3) : 0,
	};
	int failure = copy.btf_fd < 0 ? -errno : copy_modules(code, &copy);

	if (!copy.instructions || (copy.n_functions && !copy.functions) ||
	    (copy.n_lines && !copy.lines))
		failure = -ENOMEM;
	if (failure)
		program_code_done(&copy);
	else
		*ret = copy;
	return failure;
}

/* The offsets in the records must start at 0 and rise. */
static bool rise(const void *records, size_t count, size_t size, size_t n_instructions)
{
	uint32_t before = 0;

	for (size_t i = 0; i < count; i++) {
		uint32_t place;

		memcpy(&place, (const char *)records + i * size, sizeof(place));
		if (i == 0 ? place != 0 : place <= before)
			return false;
		if (place >= n_instructions)
			return false;
		before = place;
	}
	return true;
}

static bool reaches(const struct bpf_insn *instruction, size_t at, size_t n_instructions)
{
	int64_t target = (int64_t)at + 1 + reach(instruction);

	return target >= 0 && target < (int64_t)n_instructions;
}

static bool instructions_are_sound(const struct program_code *code)
{
	for (size_t i = 0; i < code->n_instructions; i++) {
		const struct bpf_insn *instruction = &code->instructions[i];
		bool goes_on = is_jump(instruction) || is_function_call(instruction) ||
			       is_function_address(instruction);

		if (goes_on && !reaches(instruction, i, code->n_instructions))
			return false;
		if (is_wide_load(instruction) && ++i == code->n_instructions)
			return false;
	}
	return true;
}

bool program_code_is_sound(const struct program_code *code)
{
	return rise(code->functions, code->n_functions, sizeof(*code->functions),
		    code->n_instructions) &&
	       rise(code->lines, code->n_lines, sizeof(*code->lines), code->n_instructions) &&
	       instructions_are_sound(code);
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
	while (code->n_modules > 0)
		close(code->modules[--code->n_modules]);
	free(code->modules);
	free(code->instructions);
	free(code->functions);
	free(code->lines);
	*code = (struct program_code){};
}
