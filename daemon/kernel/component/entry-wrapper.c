#include "daemon/kernel/component/entry-wrapper.h"

#include "base/cleanup.h"

#include <linux/bpf.h>
#include <string.h>

/* The arguments, the call, the exit. */
#define LENGTH_MAX 8

static size_t write_caller(struct bpf_insn *to, const struct arguments *arguments)
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
					  .imm = 1 }; /* behind the exit */
	to[length++] = (struct bpf_insn){ .code = BPF_JMP | BPF_EXIT };
	return length;
}

/* The verifier makes nothing of what BTF says of a main function that does not fit. */
static void copy_functions(struct caller *caller, const struct code *code, size_t length)
{
	caller->functions[caller->n_functions++] =
		(struct bpf_func_info){ .type_id = code->functions[0].type_id };
	for (size_t i = 0; i < code->n_functions; i++) {
		caller->functions[caller->n_functions] = code->functions[i];
		caller->functions[caller->n_functions++].insn_off += length;
	}
}

static void copy_lines(struct caller *caller, const struct code *code, size_t length)
{
	caller->lines[caller->n_lines] = code->lines[0];
	caller->lines[caller->n_lines++].insn_off = 0;
	for (size_t i = 0; i < code->n_lines; i++) {
		caller->lines[caller->n_lines] = code->lines[i];
		caller->lines[caller->n_lines++].insn_off += length;
	}
}

int caller_init(const struct code *code, const struct arguments *arguments, struct caller *ret)
{
	cleanup(caller_done) struct caller caller = {
		.instructions = calloc(code->n_instructions + LENGTH_MAX,
				       sizeof(*caller.instructions)),
		.functions = calloc(code->n_functions + 1, sizeof(*caller.functions)),
		.lines = calloc(code->n_lines + 1, sizeof(*caller.lines)),
	};
	size_t length;

	if (!caller.instructions || !caller.functions || !caller.lines)
		return -ENOMEM;
	length = write_caller(caller.instructions, arguments);
	memcpy(caller.instructions + length, code->instructions,
	       code->n_instructions * sizeof(*code->instructions));
	caller.n_instructions = length + code->n_instructions;
	if (code->n_functions)
		copy_functions(&caller, code, length);
	if (code->n_lines)
		copy_lines(&caller, code, length);
	*ret = caller;
	caller = (struct caller){};
	return 0;
}

void caller_done(struct caller *caller)
{
	free(caller->instructions);
	free(caller->functions);
	free(caller->lines);
	*caller = (struct caller){};
}
