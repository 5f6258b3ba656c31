// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/trace-wrapper.h"

#include "daemon/linkers/codegen/assembler.h"

#include <assert.h>
#include <errno.h>
#include <stdlib.h>

/* Instructions of a wrapper that do not trace. */
#define WRAPPER_LENGTH 8

/* The result is kept as a whole, because the policy may use all 64 bits of it. */
#define STATE_OFFSET  (-(TRACE_SCRATCH_SIZE + TRACE_STATE_SIZE))
#define RESULT_OFFSET (STATE_OFFSET - 8)

/* The component that is called has a frame of its own, and saves r6. */
static const struct frame frame = {
	.stack = -RESULT_OFFSET,
	.context_register = BPF_REG_6,
	.trace_offset = STATE_OFFSET,
};

int trace_wrapper(const struct trace_plan *plan, size_t row, int context, struct layout *ret)
{
	const struct counting counting = { .counters_fd = -1, .trace = plan };
	struct assembler assembler = { .frame = &frame, .counting = &counting };
	size_t length = WRAPPER_LENGTH + trace_length(plan, 0);

	assembler.layout.instructions = calloc(length, sizeof(*assembler.layout.instructions));
	assembler.layout.traces = calloc(1, sizeof(*assembler.layout.traces));
	if (!assembler.layout.instructions || !assembler.layout.traces) {
		layout_done(&assembler.layout);
		return -ENOMEM;
	}
	emit(&assembler, move(BPF_REG_6, BPF_REG_1 + context));
	assert(assembler.layout.n_instructions == TRACE_WRAPPER_CALL);
	emit(&assembler, call_function(0));
	emit(&assembler, store(BPF_DW, BPF_REG_10, RESULT_OFFSET, BPF_REG_0));
	trace_return(&assembler, row, RESULT_OFFSET);
	emit(&assembler, load(BPF_DW, BPF_REG_0, BPF_REG_10, RESULT_OFFSET));
	emit(&assembler, INSTRUCTION_EXIT);
	assert(assembler.layout.n_instructions <= length);
	*ret = assembler.layout;
	return 0;
}
