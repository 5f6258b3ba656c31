// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/entry-wrapper.h"

#include "base/cleanup.h"

#include <linux/bpf.h>
#include <string.h>

/* The context, the other arguments, the call and the exit. */
#define LENGTH_MAX (ARGUMENTS_MAX + 3)

static size_t write_wrapper(struct bpf_insn *to, const struct arguments *arguments)
{
	size_t length = 0;

	if (arguments->context > 0)
		to[length++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_X,
						  .dst_reg = BPF_REG_1 + arguments->context,
						  .src_reg = BPF_REG_1 };
	for (size_t i = 0; i < arguments->count; i++)
		if ((int)i != arguments->context)
			to[length++] = (struct bpf_insn){ .code = BPF_ALU64 | BPF_MOV | BPF_K,
							  .dst_reg = BPF_REG_1 + i };
	to[length++] = (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
					  .src_reg = BPF_PSEUDO_CALL,
					  .imm = 1 }; /* the instruction after the exit */
	to[length++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return length;
}

/* The verifier ignores BTF of a main function that does not fit the program type. */
static void copy_functions(struct entry_wrapper *wrapper, const struct program_code *code,
			   size_t length)
{
	wrapper->functions[wrapper->n_functions++] =
		(struct bpf_func_info){ .type_id = code->functions[0].type_id };
	for (size_t i = 0; i < code->n_functions; i++) {
		wrapper->functions[wrapper->n_functions] = code->functions[i];
		wrapper->functions[wrapper->n_functions++].insn_off += length;
	}
}

static void copy_lines(struct entry_wrapper *wrapper, const struct program_code *code,
		       size_t length)
{
	wrapper->lines[wrapper->n_lines] = code->lines[0];
	wrapper->lines[wrapper->n_lines++].insn_off = 0;
	for (size_t i = 0; i < code->n_lines; i++) {
		wrapper->lines[wrapper->n_lines] = code->lines[i];
		wrapper->lines[wrapper->n_lines++].insn_off += length;
	}
}

int entry_wrapper_init(const struct program_code *code, const struct arguments *arguments,
		       struct entry_wrapper *ret)
{
	cleanup(entry_wrapper_done) struct entry_wrapper wrapper = {
		.instructions = calloc(code->n_instructions + LENGTH_MAX,
				       sizeof(*wrapper.instructions)),
		.functions = calloc(code->n_functions + 1, sizeof(*wrapper.functions)),
		.lines = calloc(code->n_lines + 1, sizeof(*wrapper.lines)),
	};
	size_t length;

	if (arguments->count > ARGUMENTS_MAX)
		return -EINVAL;
	if (!wrapper.instructions || !wrapper.functions || !wrapper.lines)
		return -ENOMEM;
	length = write_wrapper(wrapper.instructions, arguments);
	memcpy(wrapper.instructions + length, code->instructions,
	       code->n_instructions * sizeof(*code->instructions));
	wrapper.n_instructions = length + code->n_instructions;
	if (code->n_functions)
		copy_functions(&wrapper, code, length);
	if (code->n_lines)
		copy_lines(&wrapper, code, length);
	*ret = wrapper;
	wrapper = (struct entry_wrapper){};
	return 0;
}

void entry_wrapper_done(struct entry_wrapper *wrapper)
{
	free(wrapper->instructions);
	free(wrapper->functions);
	free(wrapper->lines);
	*wrapper = (struct entry_wrapper){};
}
