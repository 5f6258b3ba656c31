// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A packet filter of a client, in classic BPF, and its translation to eBPF. */
#include "daemon/linkers/codegen/filter.h"
#include "base/cleanup.h"
#include "object/instruction.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static void filter_codep(struct filter_code *code)
{
	filter_code_done(code);
}

/* Jumps lead forward, at most to the end, and memory is only that of the filter. */
static void examine(const struct filter_code *code, const struct filter_place *place)
{
	for (size_t i = 0; i < code->n_instructions; i++) {
		const struct bpf_insn *instruction = &code->instructions[i];

		if (is_call(instruction) || is_exit(instruction) || is_wide_load(instruction))
			abort();
		if (is_jump(instruction) &&
		    (instruction->off < 0 || i + 1 + instruction->off > code->n_instructions))
			abort();
		if (BPF_CLASS(instruction->code) == BPF_STX &&
		    (instruction->dst_reg != BPF_REG_10 || instruction->off < place->stack_offset ||
		     instruction->off >= place->stack_offset + FILTER_STACK_SIZE))
			abort();
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
	static const struct filter_place place = { .context_register = BPF_REG_6,
						   .stack_offset = -200 };
	size_t n = size / sizeof(struct sock_filter);
	cleanup(freep) struct sock_filter *filter = malloc(n * sizeof(*filter) ?: 1);
	cleanup(filter_codep) struct filter_code code = {};
	cleanup(error_done) struct error error = {};

	memcpy(filter, bytes, n * sizeof(*filter));
	if (filter_translate(n, filter, &place, &code, &error) == 0)
		examine(&code, &place);
	else if (!error.message)
		abort();
	return 0;
}
