// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/code-analysis.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Jumps reach 32,767 instructions; a longer function could not jump to its own end. */
#define INLINED_LENGTH_MAX 30000

/* The stack that a function needs for the functions that it calls. */
struct stack_depth {
	unsigned int bytes;
	unsigned int frames;
	unsigned int above_tail_call;
	bool tail_calls;
};

struct function {
	size_t start;
	size_t end;
	unsigned int stack; /* bytes, as the verifier reported */
	bool measured;
	struct stack_depth depth;
};

/*
 * The program split into functions, in the order of their instructions, which is also the verifier's order.
 */
struct body {
	const struct program_code *code;
	size_t n_functions;
	struct function functions[VERIFIER_FUNCTIONS_MAX];
};

static bool refers_to_function(const struct bpf_insn *instruction)
{
	return is_function_call(instruction) || is_function_address(instruction);
}

static int find_functions(struct body *body)
{
	const struct program_code *code = body->code;
	cleanup(freep) bool *starts = calloc(code->n_instructions, sizeof(*starts));

	if (!starts)
		return -ENOMEM;
	starts[0] = true;
	for (size_t i = 0; i < code->n_instructions; i++) {
		long target = (long)i + 1 + reach(&code->instructions[i]);

		if (!refers_to_function(&code->instructions[i]))
			continue;
		if (target < 0 || (size_t)target >= code->n_instructions)
			return -EINVAL;
		starts[target] = true;
	}
	for (size_t i = 0; i < code->n_instructions; i++) {
		if (!starts[i])
			continue;
		if (body->n_functions == VERIFIER_FUNCTIONS_MAX)
			return -EINVAL;
		body->functions[body->n_functions++] = (struct function){ .start = i };
	}
	for (size_t i = 0; i < body->n_functions; i++)
		body->functions[i].end = i + 1 < body->n_functions ? body->functions[i + 1].start
								   : code->n_instructions;
	return 0;
}

/* Later steps rely on this: jumps stay in their function, and no code calls the main function. */
static int check_targets(const struct body *body)
{
	for (size_t i = 0; i < body->n_functions; i++) {
		const struct function *function = &body->functions[i];

		for (size_t j = function->start; j < function->end; j++) {
			const struct bpf_insn *instruction = &body->code->instructions[j];
			long target = (long)j + 1 + reach(instruction);

			if (is_jump(instruction) &&
			    (target < (long)function->start || target >= (long)function->end))
				return -EINVAL;
			if (refers_to_function(instruction) && !target)
				return -EINVAL;
		}
	}
	return 0;
}

static int compare_starts(const void *start, const void *function)
{
	size_t wanted = *(const size_t *)start, found = ((const struct function *)function)->start;

	return (wanted > found) - (wanted < found);
}

/*
 * The function that begins at that instruction; NULL: none does. Functions are in the order of their starts.
 */
static struct function *function_at(struct body *body, size_t start)
{
	return bsearch(&start, body->functions, body->n_functions, sizeof(*body->functions),
		       compare_starts);
}

static void add_callee(struct function *function, const struct function *callee)
{
	const struct stack_depth *below = &callee->depth;
	struct stack_depth *depth = &function->depth;
	unsigned int bytes = frame_size(callee->stack) + below->bytes;
	unsigned int above = frame_size(function->stack) + below->above_tail_call;

	if (bytes > depth->bytes)
		depth->bytes = bytes;
	if (below->frames + 1 > depth->frames)
		depth->frames = below->frames + 1;
	if (below->tail_calls && above > depth->above_tail_call)
		depth->above_tail_call = above;
	depth->tail_calls |= below->tail_calls;
}

/*
 * A function that names a callback counts as its caller. `frames` bounds the recursion; the verifier accepts
 * no deeper calls.
 */
static int measure(struct body *body, struct function *function, unsigned int frames)
{
	const struct bpf_insn *instructions = body->code->instructions;

	if (frames == FRAMES_MAX)
		return -EINVAL;
	for (size_t i = function->start; i < function->end && !function->measured; i++) {
		struct function *callee;

		function->depth.tail_calls |= is_tail_call(&instructions[i]);
		if (!refers_to_function(&instructions[i]))
			continue;
		callee = function_at(body, i + 1 + reach(&instructions[i]));
		if (!callee || measure(body, callee, frames + 1) < 0)
			return -EINVAL;
		add_callee(function, callee);
	}
	function->measured = true;
	return 0;
}

/* r10 is the upper end of the frame. The verifier's figure includes other ways to address it. */
static unsigned int stack_addressed_directly(const struct body *body)
{
	unsigned int bytes = 0;

	for (size_t i = 0; i < body->functions[0].end; i++) {
		const struct bpf_insn *instruction = &body->code->instructions[i];
		int class = BPF_CLASS(instruction->code);
		int base = class == BPF_LDX			 ? instruction->src_reg
			   : class == BPF_ST || class == BPF_STX ? instruction->dst_reg
								 : -1;

		if (base == BPF_REG_10 && instruction->off < 0 &&
		    (unsigned int)-instruction->off > bytes)
			bytes = -instruction->off;
	}
	return bytes;
}

static uint8_t saved_registers(const struct body *body)
{
	uint8_t registers = 0;

	for (size_t i = 0; i < body->functions[0].end; i++) {
		const struct bpf_insn *instruction = &body->code->instructions[i];

		if (instruction->dst_reg >= BPF_REG_6 && instruction->dst_reg <= BPF_REG_9)
			registers |= 1 << (instruction->dst_reg - BPF_REG_6);
	}
	return registers;
}

/*
 * Follows the code from its start up to the first branch: the context is no longer used once r1 is
 * overwritten.
 */
static bool uses_context(const struct body *body)
{
	for (size_t i = 0; i < body->functions[0].end; i++) {
		const struct bpf_insn *instruction = &body->code->instructions[i];

		if (is_exit(instruction))
			return false;
		if (is_call(instruction) || is_jump(instruction) ||
		    reads_register(instruction, BPF_REG_1))
			return true;
		if (instruction->dst_reg == BPF_REG_1)
			return false;
		i += is_wide_load(instruction);
	}
	return true;
}

static bool any(const struct bpf_insn *instructions, size_t n_instructions,
		bool (*is)(const struct bpf_insn *instruction))
{
	for (size_t i = 0; i < n_instructions; i++)
		if (is(&instructions[i]))
			return true;
	return false;
}

static const char *find_obstacle(const struct body *body, bool stack_is_known)
{
	const struct program_code *code = body->code;
	size_t main_length = body->functions[0].end;

	if (any(code->instructions, code->n_instructions, is_tail_call))
		return "it makes tail calls";
	if (any(code->instructions, code->n_instructions, is_function_address))
		return "it has callbacks";
	if (!any(code->instructions, main_length, is_exit))
		return "it never returns";
	if (!stack_is_known)
		return "the verifier did not report how much stack it uses";
	if (main_length > INLINED_LENGTH_MAX)
		return "it is too long to be jumped over";
	return NULL;
}

int code_analysis_read(const struct program_code *code, const struct verifier_work *work,
		       struct code_analysis *ret)
{
	struct function *function;
	bool stack_is_known;
	struct body body; /* large, and mostly not used */
	int result;

	body.code = code;
	body.n_functions = 0;
	function = &body.functions[0];
	if (!code->n_instructions)
		return -EINVAL;
	result = find_functions(&body) ?: check_targets(&body);
	if (result < 0)
		return result;
	/* The verifier may have added its own functions after those of the program. */
	stack_is_known = work->n_functions >= body.n_functions;
	for (size_t i = 0; stack_is_known && i < body.n_functions; i++)
		body.functions[i].stack = work->stack[i];
	result = measure(&body, function, 0);
	if (result < 0)
		return result;
	*ret = (struct code_analysis){
		.main_length = function->end,
		.stack = function->stack,
		.below = function->depth.bytes,
		.frames = function->depth.frames,
		.uses_context = uses_context(&body),
		.tail_calls = function->depth.tail_calls,
		.above_tail_call = function->depth.above_tail_call,
		.saved_registers = saved_registers(&body),
		.obstacle = find_obstacle(&body, stack_is_known),
	};
	if (stack_addressed_directly(&body) > ret->stack)
		ret->stack = stack_addressed_directly(&body);
	return 0;
}
