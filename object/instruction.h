// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <linux/bpf.h>
#include <stdbool.h>

/* Builds and examines BPF instructions, with the names of Documentation/bpf/standardization. */

#define INSTRUCTION_EXIT ((struct bpf_insn){ .code = BPF_JMP | BPF_EXIT })

static inline struct bpf_insn move(int to, int from)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
				  .dst_reg = to,
				  .src_reg = from };
}

static inline struct bpf_insn move32(int to, int from)
{
	return (struct bpf_insn){ .code = BPF_ALU | BPF_MOV | BPF_X,
				  .dst_reg = to,
				  .src_reg = from };
}

static inline struct bpf_insn set(int to, int value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
				  .dst_reg = to,
				  .imm = value };
}

static inline struct bpf_insn calculate(int operation, int to, int value)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | operation | BPF_K,
				  .dst_reg = to,
				  .imm = value };
}

static inline struct bpf_insn calculate_from(int operation, int to, int from)
{
	return (struct bpf_insn){ .code = BPF_ALU64 | operation | BPF_X,
				  .dst_reg = to,
				  .src_reg = from };
}

/* `size` is BPF_B to BPF_DW; `offset` is relative to the address in the register. */
static inline struct bpf_insn load(int size, int to, int from, int offset)
{
	return (struct bpf_insn){
		.code = BPF_LDX | BPF_MEM | size, .dst_reg = to, .src_reg = from, .off = offset
	};
}

static inline struct bpf_insn store(int size, int to, int offset, int from)
{
	return (struct bpf_insn){
		.code = BPF_STX | BPF_MEM | size, .dst_reg = to, .src_reg = from, .off = offset
	};
}

static inline struct bpf_insn store_value(int size, int to, int offset, int value)
{
	return (struct bpf_insn){
		.code = BPF_ST | BPF_MEM | size, .dst_reg = to, .off = offset, .imm = value
	};
}

/* Offsets of jumps and calls count from the next instruction, as everywhere in BPF. */
static inline struct bpf_insn jump(int offset)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_JA, .off = offset };
}

static inline struct bpf_insn jump_if(int condition, int left, int value, int offset)
{
	return (struct bpf_insn){
		.code = BPF_JMP | condition | BPF_K, .dst_reg = left, .imm = value, .off = offset
	};
}

static inline struct bpf_insn jump_if_register(int condition, int left, int right, int offset)
{
	return (struct bpf_insn){ .code = BPF_JMP | condition | BPF_X,
				  .dst_reg = left,
				  .src_reg = right,
				  .off = offset };
}

static inline struct bpf_insn jump_if32(int condition, int left, int value, int offset)
{
	return (struct bpf_insn){
		.code = BPF_JMP32 | condition | BPF_K, .dst_reg = left, .imm = value, .off = offset
	};
}

static inline struct bpf_insn call_helper(int helper)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .imm = helper };
}

static inline struct bpf_insn call_function(int offset)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
				  .src_reg = BPF_PSEUDO_CALL,
				  .imm = offset };
}

static inline bool is_exit(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_JMP | BPF_EXIT);
}

static inline bool is_call(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_JMP | BPF_CALL);
}

static inline bool is_function_call(const struct bpf_insn *instruction)
{
	return is_call(instruction) && instruction->src_reg == BPF_PSEUDO_CALL;
}

static inline bool is_kernel_function_call(const struct bpf_insn *instruction)
{
	return is_call(instruction) && instruction->src_reg == BPF_PSEUDO_KFUNC_CALL;
}

static inline bool is_tail_call(const struct bpf_insn *instruction)
{
	return is_call(instruction) && !instruction->src_reg &&
	       instruction->imm == BPF_FUNC_tail_call;
}

/* It takes two places; the second one is not an instruction and has the code 0. */
static inline bool is_wide_load(const struct bpf_insn *instruction)
{
	return instruction->code == (BPF_LD | BPF_IMM | BPF_DW);
}

/* Is it the address of a function, for a callback? */
static inline bool is_function_address(const struct bpf_insn *instruction)
{
	return is_wide_load(instruction) && instruction->src_reg == BPF_PSEUDO_FUNC;
}

static inline bool is_jump(const struct bpf_insn *instruction)
{
	int class = BPF_CLASS(instruction->code);

	return (class == BPF_JMP || class == BPF_JMP32) && !is_call(instruction) &&
	       !is_exit(instruction);
}

/* The offset of a jump, a call of a function or its address, from the next instruction. */
static inline int reach(const struct bpf_insn *instruction)
{
	/* BPF_JMP32 | BPF_JA is the long jump of the instruction set's version 4. */
	if (!is_jump(instruction) || instruction->code == (BPF_JMP32 | BPF_JA))
		return instruction->imm;
	return instruction->off;
}

/* Does it use the value of the register? Not for jumps, calls and exits. */
static inline bool reads_register(const struct bpf_insn *instruction, int number)
{
	int class = BPF_CLASS(instruction->code);
	bool is_calculation = class == BPF_ALU || class == BPF_ALU64;
	bool has_source = class == BPF_LDX || class == BPF_STX ||
			  (is_calculation && BPF_SRC(instruction->code) == BPF_X);
	bool has_target = class == BPF_ST || class == BPF_STX ||
			  (is_calculation && BPF_OP(instruction->code) != BPF_MOV);

	/* XDP has no BPF_LD | BPF_ABS and BPF_IND, the old way to read packets. */
	return (has_source && instruction->src_reg == number) ||
	       (has_target && instruction->dst_reg == number);
}

/* Is it r0 = VALUE, in either width: the beginning of "return VALUE"? */
static inline bool is_constant_result(const struct bpf_insn *instruction)
{
	return (instruction->code == (BPF_ALU64 | BPF_MOV | BPF_K) ||
		instruction->code == (BPF_ALU | BPF_MOV | BPF_K)) &&
	       instruction->dst_reg == BPF_REG_0;
}
