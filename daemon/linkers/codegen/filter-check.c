// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/linkers/codegen/filter.h"

#include <errno.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdlib.h>

#define refuse(error, number, format, ...)                \
	error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, \
		  "invalid filter: instruction %zu " format, number, ##__VA_ARGS__)

struct checking {
	size_t n;
	const struct sock_filter *instructions;
	/* Before each instruction: the words of scratch memory that every way there has written, as bits. */
	uint16_t *written;
	struct error *error;
};

static int accept(const struct checking *checking, size_t number)
{
	(void)checking;
	(void)number;
	return 0;
}

/* Offsets from SKF_LL_OFF on mean headers that the kernel found, or the VLAN tag and the like. */
static int check_load(const struct checking *checking, size_t number)
{
	uint32_t offset = checking->instructions[number].k;

	if (offset >= (uint32_t)SKF_LL_OFF)
		return refuse(
			checking->error, number,
			"reads data that is not in the packet (offset %d), which XDP programs "
			"do not have",
			(int32_t)offset);
	return 0;
}

static int check_divisor(const struct checking *checking, size_t number)
{
	if (checking->instructions[number].k == 0)
		return refuse(checking->error, number, "divides by zero");
	return 0;
}

static int check_shift(const struct checking *checking, size_t number)
{
	uint32_t distance = checking->instructions[number].k;

	if (distance >= 32)
		return refuse(checking->error, number, "shifts by %u bits; the maximum is 31",
			      distance);
	return 0;
}

static int check_word(const struct checking *checking, size_t number)
{
	uint32_t word = checking->instructions[number].k;

	if (word >= BPF_MEMWORDS)
		return refuse(checking->error, number,
			      "uses word %u of the scratch memory, which has %d", word,
			      BPF_MEMWORDS);
	return 0;
}

static int check_jump(const struct checking *checking, size_t number)
{
	uint32_t distance = checking->instructions[number].k;

	if (distance > INT32_MAX)
		return refuse(
			checking->error, number,
			"jumps backward, as those of 'protochain' do; filters of XDP programs "
			"cannot have loops");
	if (distance >= checking->n - number - 1)
		return refuse(checking->error, number, "jumps %u instructions, beyond the end",
			      distance);
	return 0;
}

static int check_branch(const struct checking *checking, size_t number)
{
	const struct sock_filter *filter = &checking->instructions[number];
	int distance = filter->jt > filter->jf ? filter->jt : filter->jf;

	if (number + 1 + distance >= checking->n)
		return refuse(checking->error, number, "jumps %d instructions, beyond the end",
			      distance);
	return 0;
}

/* An instruction with a constant, and with X, which is not known before the filter runs. */
#define BOTH(code, check) [code | BPF_K] = check, [code | BPF_X] = accept
#define BRANCH(code)	  [code | BPF_K] = check_branch, [code | BPF_X] = check_branch
#define LOAD(size)	  [BPF_LD | size | BPF_ABS] = check_load, [BPF_LD | size | BPF_IND] = accept

/* The instructions of classic BPF that exist. */
static int (*const checks[])(const struct checking *checking, size_t number) = {
	LOAD(BPF_W),
	LOAD(BPF_H),
	LOAD(BPF_B),
	[BPF_LD | BPF_IMM] = accept,
	[BPF_LD | BPF_LEN] = accept,
	[BPF_LD | BPF_MEM] = check_word,
	[BPF_LDX | BPF_IMM] = accept,
	[BPF_LDX | BPF_LEN] = accept,
	[BPF_LDX | BPF_MEM] = check_word,
	[BPF_LDX | BPF_B | BPF_MSH] = accept,
	[BPF_ST] = check_word,
	[BPF_STX] = check_word,
	BOTH(BPF_ALU | BPF_ADD, accept),
	BOTH(BPF_ALU | BPF_SUB, accept),
	BOTH(BPF_ALU | BPF_MUL, accept),
	BOTH(BPF_ALU | BPF_DIV, check_divisor),
	BOTH(BPF_ALU | BPF_MOD, check_divisor),
	BOTH(BPF_ALU | BPF_AND, accept),
	BOTH(BPF_ALU | BPF_OR, accept),
	BOTH(BPF_ALU | BPF_XOR, accept),
	BOTH(BPF_ALU | BPF_LSH, check_shift),
	BOTH(BPF_ALU | BPF_RSH, check_shift),
	[BPF_ALU | BPF_NEG] = accept,
	[BPF_JMP | BPF_JA] = check_jump,
	BRANCH(BPF_JMP | BPF_JEQ),
	BRANCH(BPF_JMP | BPF_JGT),
	BRANCH(BPF_JMP | BPF_JGE),
	BRANCH(BPF_JMP | BPF_JSET),
	[BPF_RET | BPF_K] = accept,
	[BPF_RET | BPF_A] = accept,
	[BPF_MISC | BPF_TAX] = accept,
	[BPF_MISC | BPF_TXA] = accept,
};

static int check_instruction(const struct checking *checking, size_t number)
{
	uint16_t code = checking->instructions[number].code;

	if (code >= array_size(checks) || !checks[code])
		return refuse(checking->error, number, "has the invalid opcode %#x", code);
	return checks[code](checking, number);
}

static bool reads_memory(uint16_t code)
{
	return code == (BPF_LD | BPF_MEM) || code == (BPF_LDX | BPF_MEM);
}

/* All jumps lead forward, so every way to an instruction is known when it is reached. */
static int check_memory(const struct checking *checking)
{
	uint16_t *written = checking->written, now = 0;

	for (size_t i = 0; i < checking->n; i++) {
		const struct sock_filter *filter = &checking->instructions[i];
		int class = BPF_CLASS(filter->code);

		now &= written[i];
		if (class == BPF_ST || class == BPF_STX)
			now |= 1u << filter->k;
		if (reads_memory(filter->code) && !(now & 1u << filter->k))
			return refuse(checking->error, i,
				      "reads word %u of the scratch memory before it is written",
				      filter->k);
		if (class != BPF_JMP)
			continue;
		if (filter->code == (BPF_JMP | BPF_JA)) {
			written[i + 1 + filter->k] &= now;
		} else {
			written[i + 1 + filter->jt] &= now;
			written[i + 1 + filter->jf] &= now;
		}
		now = UINT16_MAX;
	}
	return 0;
}

int filter_check(size_t n, const struct sock_filter *instructions, struct error *error)
{
	cleanup(freep) uint16_t *written = NULL;
	struct checking checking = { n, instructions, NULL, error };
	int result = 0;

	if (n == 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "invalid filter: it has no instructions");
	if (n > FILTER_LENGTH_MAX)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "the filter has %zu instructions; the maximum is %d", n,
				 FILTER_LENGTH_MAX);
	for (size_t i = 0; result == 0 && i < n; i++)
		result = check_instruction(&checking, i);
	if (result < 0)
		return result;
	if (BPF_CLASS(instructions[n - 1].code) != BPF_RET)
		return refuse(error, n - 1, "is the last one, but does not return");
	written = malloc(n * sizeof(*written));
	if (!written)
		return error_memory(error);
	for (size_t i = 0; i < n; i++)
		written[i] = UINT16_MAX;
	checking.written = written;
	return check_memory(&checking);
}
