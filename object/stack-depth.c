// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/stack-depth.h"

#include "base/cleanup.h"
#include "object/instruction.h"
#include "object/verifier-log.h"

#include <errno.h>
#include <stdlib.h>

#define REGISTERS 11
/* The verifier counts the stack in units of this size. */
#define STACK_SLOT 8
/* round_up_stack_depth() in kernel/bpf/verifier.c, for programs that are JIT-compiled. */
#define LEAST_ROUND 16

/* Which registers hold addresses in the frame, and how far these are below its upper end. */
struct frame_addresses {
	bool known[REGISTERS];
	long offset[REGISTERS];
	long deepest;
};

static void note(struct frame_addresses *addresses, long offset)
{
	if (offset < addresses->deepest)
		addresses->deepest = offset;
}

/* Handles rTO = rFROM, rTO += NUMBER, and everything else that changes rTO. */
static void calculate_address(struct frame_addresses *addresses, const struct bpf_insn *instruction)
{
	int to = instruction->dst_reg, from = instruction->src_reg;

	if (instruction->code == (BPF_ALU64 | BPF_MOV | BPF_X) && !instruction->off) {
		addresses->known[to] = addresses->known[from];
		addresses->offset[to] = addresses->offset[from];
	} else if (instruction->code == (BPF_ALU64 | BPF_ADD | BPF_K) && addresses->known[to]) {
		addresses->offset[to] += instruction->imm;
		note(addresses, addresses->offset[to]);
	} else {
		addresses->known[to] = false;
	}
}

static void follow(struct frame_addresses *addresses, const struct bpf_insn *instruction)
{
	int class = BPF_CLASS(instruction->code);
	int base = class == BPF_LDX ? instruction->src_reg : instruction->dst_reg;

	if ((class == BPF_LDX || class == BPF_ST || class == BPF_STX) && addresses->known[base])
		note(addresses, addresses->offset[base] + instruction->off);
	if (class == BPF_ALU64 || class == BPF_ALU)
		calculate_address(addresses, instruction);
	else if (class == BPF_LDX || class == BPF_LD)
		addresses->known[instruction->dst_reg] = false;
	if (is_call(instruction))
		for (int i = BPF_REG_0; i <= BPF_REG_5; i++)
			addresses->known[i] = false;
	addresses->known[BPF_REG_10] = true; /* programs cannot change it */
	addresses->offset[BPF_REG_10] = 0;
}

unsigned int stack_use(const struct bpf_insn *instructions, size_t length)
{
	struct frame_addresses addresses = { .known[BPF_REG_10] = true };

	for (size_t i = 0; i < length; i++) {
		if (instructions[i].dst_reg >= REGISTERS || instructions[i].src_reg >= REGISTERS)
			continue; /* no such register */
		follow(&addresses, &instructions[i]);
		i += is_wide_load(&instructions[i]);
	}
	if (-addresses.deepest > UINT16_MAX)
		return UINT16_MAX;
	return (-addresses.deepest + STACK_SLOT - 1) / STACK_SLOT * STACK_SLOT;
}

/* What is known of each function of the object. */
struct measuring {
	const struct elf_code *elf_code;
	struct {
		enum { UNKNOWN, UNDER_WAY, KNOWN } state;
		struct stack_depth depth;
	} functions[];
};

static void add_callee(struct stack_depth *depth, const struct stack_depth *alone,
		       const struct stack_depth *callee)
{
	unsigned int own = alone->bytes;

	if (callee->frames + 1 > depth->frames)
		depth->frames = callee->frames + 1;
	if (own + callee->bytes > depth->bytes)
		depth->bytes = own + callee->bytes;
	if (alone->least + callee->least > depth->least)
		depth->least = alone->least + callee->least;
	if (callee->tail_calls && own + callee->above_tail_call > depth->above_tail_call)
		depth->above_tail_call = own + callee->above_tail_call;
	depth->tail_calls |= callee->tail_calls;
	depth->is_recursive |= callee->is_recursive;
}

static struct stack_depth measure_alone(const struct function *function)
{
	unsigned int used = stack_use(function->instructions, function->length);
	struct stack_depth depth = {
		.frames = 1,
		.bytes = frame_size(used),
		.least = (used + LEAST_ROUND - 1) / LEAST_ROUND * LEAST_ROUND,
		.tail_calls = function->tail_calls,
	};

	if (depth.tail_calls)
		depth.above_tail_call = depth.bytes;
	return depth;
}

static void measure(struct measuring *measuring, size_t index)
{
	const struct function *function = &measuring->elf_code->functions[index];
	const struct stack_depth alone = measure_alone(function);
	struct stack_depth depth = alone;

	measuring->functions[index].state = UNDER_WAY;
	for (size_t i = 0; i < function->callees.n_items; i++) {
		size_t callee = function->callees.items[i];

		if (measuring->functions[callee].state == UNKNOWN)
			measure(measuring, callee);
		if (measuring->functions[callee].state == UNDER_WAY)
			depth.is_recursive = true;
		else
			add_callee(&depth, &alone, &measuring->functions[callee].depth);
	}
	measuring->functions[index].depth = depth;
	measuring->functions[index].state = KNOWN;
}

int stack_depth_measure(const struct elf_code *elf_code, const struct function *function,
			struct stack_depth *ret)
{
	size_t index = function - elf_code->functions;
	cleanup(freep) struct measuring *measuring = calloc(
		1, sizeof(*measuring) + elf_code->n_functions * sizeof(measuring->functions[0]));

	if (!measuring)
		return -ENOMEM;
	measuring->elf_code = elf_code;
	measure(measuring, index);
	*ret = measuring->functions[index].depth;
	return 0;
}
