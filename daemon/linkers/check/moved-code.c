// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/check/moved-code.h"

#include "object/instruction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

int program_fault(const struct program *program, size_t at, const char *place, const char *name,
		  const char *what)
{
	return error_set(program->error, ERROR_INTERNAL, -EBADMSG,
			 "the fused chain was not loaded because xdpd built it wrongly: "
			 "instruction %zu, %s '%s', %s; this is a fault in xdpd",
			 at, place, name, what);
}

int program_init(const struct bpf_insn *instructions, size_t n_instructions, struct error *error,
		 struct program *ret)
{
	*ret = (struct program){ .instructions = instructions,
				 .n_instructions = n_instructions,
				 .roles = calloc(n_instructions + 1, 1),
				 .error = error };
	return ret->roles ? 0 : error_memory(error);
}

int program_check_complete(const struct program *program, const char *name)
{
	const unsigned char *odd = memchr(program->roles, ROLE_NONE, program->n_instructions);

	return odd ? program_fault(program, odd - program->roles, "in the chain of", name,
				   "belongs to no component, test or counter")
		   : 0;
}

int moved_code_init(const struct checked_code *code, struct error *error, struct moved_code *ret)
{
	*ret = (struct moved_code){
		.code = code,
		.positions = malloc((code->n_instructions + 1) * sizeof(*ret->positions)),
		.targets = calloc(code->n_instructions + 1, sizeof(*ret->targets)),
		.replaced = calloc(code->n_instructions + 1, sizeof(*ret->replaced)),
	};
	return ret->positions && ret->targets && ret->replaced ? 0 : error_memory(error);
}

void moved_code_done(struct moved_code *moved)
{
	free(moved->positions);
	free(moved->targets);
	free(moved->replaced);
}

/* The instructions stay together; the first one is now at `at`. */
void moved_code_put(struct moved_code *moved, struct range range, size_t at)
{
	for (size_t i = range.from; i < range.end; i++)
		moved->positions[i] = at == CHECK_LEFT_OUT ? at : at + i - range.from;
}

bool names_function(const struct bpf_insn *instruction)
{
	return is_function_call(instruction) || is_function_address(instruction);
}

/*
 * Does the instruction mean the same in every program of this process? A wide load has two halves.
 */
static bool is_portable(const struct checked_code *code, size_t i)
{
	const struct bpf_insn *instruction = &code->instructions[i];
	bool own = false;

	/* 0: a function of the kernel; else of a module in the component's list */
	if (is_kernel_function_call(instruction))
		return instruction->off >= 0 && (size_t)instruction->off <= code->n_modules;
	if (!is_wide_load(instruction))
		return instruction->code != (BPF_JMP | BPF_JA | BPF_X);
	if (i + 1 == code->n_instructions)
		return false;
	for (size_t map = 0; map < code->n_maps; map++)
		own |= code->map_fds[map] == instruction->imm;
	if (instruction->src_reg == BPF_PSEUDO_MAP_FD ||
	    instruction->src_reg == BPF_PSEUDO_MAP_VALUE)
		return own;
	/* Else it is a variable of a module, with a descriptor that only libbpf knows. */
	if (instruction->src_reg == BPF_PSEUDO_BTF_ID)
		return !instruction[1].imm;
	return !instruction->src_reg || is_function_address(instruction);
}

/*
 * Computes how the instruction must look at its new position, so that jumps reach the same instructions in
 * `jumps`, and calls and addresses of functions the same ones in `functions`. Returns NULL, or what is wrong
 * with the component's instruction.
 */
static const char *expect(const struct moved_code *moved, size_t i, struct range jumps,
			  struct range functions, struct bpf_insn *ret)
{
	const struct bpf_insn *before = &moved->code->instructions[i];
	int class = BPF_CLASS(before->code);
	struct range allowed;
	long target, distance;

	*ret = *before;
	if (class != BPF_JMP && class != BPF_JMP32 && class != BPF_LD)
		return NULL; /* like most instructions, it refers to no other */
	if (!is_portable(moved->code, i))
		return "uses something that does not belong to the component";
	if (!names_function(before) && !is_jump(before))
		return NULL;
	allowed = names_function(before) ? functions : jumps;
	target = (long)i + 1 + reach(before);
	if (target < (long)allowed.from || target >= (long)allowed.end ||
	    moved->positions[target] == CHECK_LEFT_OUT)
		return "leads out of its function";
	moved->targets[target] = true;
	distance = (long)moved->positions[target] - (long)moved->positions[i] - 1;
	if (names_function(before) || before->code == (BPF_JMP32 | BPF_JA))
		ret->imm = distance;
	else if (distance == (short)distance)
		ret->off = distance;
	else
		return "jumps too far";
	return NULL;
}

/*
 * In a call of a module's function the module may have a different position in the list of the program.
 */
static bool accept_module(const struct program *program, const struct checked_code *code,
			  size_t now, struct bpf_insn *expected)
{
	short place = program->instructions[now].off;

	if (!is_kernel_function_call(expected) || !expected->off)
		return true;
	if (place <= 0 || (size_t)place >= program->n_modules ||
	    program->modules[place] != code->modules[expected->off - 1])
		return false;
	expected->off = place;
	return true;
}

/*
 * Claims that the component's instructions in `range` are at the positions in `moved`, with the same
 * meaning.
 */
int moved_code_claim(struct program *program, const struct moved_code *moved, struct range range,
		     struct range jumps, struct range functions)
{
	for (size_t i = range.from; i < range.end; i++) {
		size_t now = moved->positions[i];
		struct bpf_insn expected;
		const char *wrong;

		if (moved->replaced[i])
			continue;
		wrong = expect(moved, i, jumps, functions, &expected);
		if (!wrong && now >= program->n_instructions)
			wrong = "is after the end of the program";
		if (!wrong && program->roles[now] != ROLE_NONE)
			wrong = "is part of something else, too";
		if (!wrong && !accept_module(program, moved->code, now, &expected))
			wrong = "calls a function of another kernel module";
		if (!wrong && memcmp(&expected, &program->instructions[now], sizeof(expected)))
			wrong = "is not the component's instruction";
		if (wrong)
			return program_fault(program, now, "in", moved->code->name, wrong);
		program->roles[now] = ROLE_COMPONENT;
	}
	return 0;
}
