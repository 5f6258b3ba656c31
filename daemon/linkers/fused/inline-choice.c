// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/inline-choice.h"

#include "base/cleanup.h"

#include <assert.h>
#include <linux/bpf.h>

/*
 * Of the rootlet's function: a jump reaches 32,767 instructions, and some of them are between the
 * components.
 */
#define LENGTH_MAX 30000
/* Stack that the rootlet itself needs: the row to count in, and the verdict. */
#define ROOTLET_STACK	8
#define SAVED_REGISTERS 0x0f

/* Returns the offset of that many more bytes, a multiple of 8. */
static int add_to_frame(struct frame *frame, unsigned int size)
{
	frame->stack = (frame->stack + 7) / 8 * 8 + size;
	return -(int)frame->stack;
}

static struct frame make_frame(const struct code_analysis *analyses, size_t n,
			       const struct join_result *join_results,
			       const struct trace_plan *trace)
{
	struct frame frame = { .stack = trace ? TRACE_SCRATCH_SIZE : ROOTLET_STACK };
	unsigned int used = 0;

	for (size_t i = 0; i < n; i++) {
		if (join_results[i].join != JOIN_INLINED)
			continue;
		used |= analyses[i].saved_registers;
		if (analyses[i].stack > frame.stack)
			frame.stack = analyses[i].stack;
	}
	if (used != SAVED_REGISTERS) {
		frame.context_register = BPF_REG_6 + __builtin_ctz(~used);
	} else if (n > 1 || trace) { /* the first component gets the context anyway */
		frame.context_offset = add_to_frame(&frame, 8);
	}
	if (trace)
		frame.trace_offset = add_to_frame(&frame, TRACE_STATE_SIZE);
	return frame;
}

static bool fits(const struct code_analysis *analysis, const struct join_result *join_result,
		 const struct frame *frame)
{
	unsigned int bytes = frame_size(frame->stack) + analysis->below;
	unsigned int frames = 1 + analysis->frames;

	if (join_result->join == JOIN_CALLED) {
		bytes += frame_size(analysis->stack);
		frames++;
	}
	if (analysis->tail_calls &&
	    frame_size(frame->stack) + analysis->above_tail_call >= TAIL_CALL_STACK_MAX)
		return false;
	return bytes <= STACK_MAX && frames <= FRAMES_MAX;
}

static size_t find_misfit(const struct code_analysis *analyses, size_t n,
			  const struct join_result *join_results, const struct frame *frame)
{
	for (size_t i = 0; i < n; i++)
		if (!fits(&analyses[i], &join_results[i], frame))
			return i;
	return n;
}

/* The inlined component with the largest value of something. */
static size_t find_largest(const struct code_analysis *analyses, size_t n,
			   const struct join_result *join_results,
			   size_t (*size)(const struct code_analysis *analysis))
{
	size_t largest = n;

	for (size_t i = 0; i < n; i++)
		if (join_results[i].join == JOIN_INLINED &&
		    (largest == n || size(&analyses[i]) > size(&analyses[largest])))
			largest = i;
	return largest;
}

static size_t stack_of(const struct code_analysis *analysis)
{
	return analysis->stack;
}

static size_t length_of(const struct code_analysis *analysis)
{
	return analysis->main_length;
}

static size_t length_of_inlined(const struct code_analysis *analyses, size_t n,
				const struct join_result *join_results)
{
	size_t length = 0;

	for (size_t i = 0; i < n; i++)
		if (join_results[i].join == JOIN_INLINED)
			length += analyses[i].main_length;
	return length;
}

static struct join_result first_choice(const struct code_analysis *analysis)
{
	if (analysis->is_elsewhere)
		return join_result_tail_called;
	return (struct join_result){ analysis->obstacle ? JOIN_CALLED : JOIN_INLINED,
				     analysis->obstacle };
}

size_t inline_choose(const struct code_analysis *analyses, size_t n,
		     struct join_result *join_results, const struct trace_plan *trace,
		     struct frame *frame)
{
	size_t misfit, largest;

	for (size_t i = 0; i < n; i++)
		join_results[i] = first_choice(&analyses[i]);
	while (length_of_inlined(analyses, n, join_results) + trace_length(trace, n) > LENGTH_MAX) {
		largest = find_largest(analyses, n, join_results, length_of);
		if (largest == n) /* the layout shows whether its jumps really are too long */
			break;
		join_results[largest] = (struct join_result){
			JOIN_CALLED, "the inlined chain would be too long for its jumps"
		};
	}
	for (;;) {
		*frame = make_frame(analyses, n, join_results, trace);
		misfit = find_misfit(analyses, n, join_results, frame);
		if (misfit == n)
			return n;
		largest = find_largest(analyses, n, join_results, stack_of);
		if (largest == n)
			return misfit;
		join_results[largest] = (struct join_result){
			JOIN_CALLED,
			"inlined, it would leave too little stack for the other components"
		};
	}
}
