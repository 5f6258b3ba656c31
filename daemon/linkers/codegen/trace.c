// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The blocks of instructions that trace: at the beginning of the program, where packets leave it and, for a
 * journey, after each component, in the chain or in a slot of a policy. They overwrite r0 to r5, and read the row and the
 * verdict from the stack.
 */
#include "base/cleanup.h"
#include "daemon/kernel/trace-state.h"
#include "daemon/linkers/codegen/assembler.h"

#include <assert.h>
#include <stddef.h>
#include <string.h>

static_assert(TRACE_FILTER_MAX == FILTER_LENGTH_MAX, "clients know how long filters can be");

/* Of the state, from frame->trace_offset on. */
#define MASK_OFFSET   0 /* 64 bits: one for each tracer that records the packet */
#define PACKET_OFFSET 8
#define LENGTH_OFFSET 16
#define CPU_OFFSET    20

/* The record is below the row and the verdict, and what is needed to put it out is below the record. */
#define RECORD_OFFSET	(VERDICT_OFFSET - TRACE_RECORD_SIZE)
#define RING_OFFSET	(RECORD_OFFSET - 8)   /* the ring buffer of this CPU */
#define RESERVED_OFFSET (RING_OFFSET - 8)     /* the record in the ring buffer */
#define ROOM_OFFSET	(RESERVED_OFFSET - 8) /* bytes for the packet in that record */
static_assert(-ROOM_OFFSET <= TRACE_SCRATCH_SIZE, "no component uses these bytes");

static int state(const struct assembler *assembler, int offset)
{
	return assembler->frame->trace_offset + offset;
}

/* At most so many jumps skip a packet that is not in a sample. */
#define SAMPLE_JUMPS 4
static_assert(TRACE_SAMPLE_MAX <= INT32_MAX / 2, "twice a sample is a positive immediate");

#define RECORD(member) (RECORD_OFFSET + (int)offsetof(struct trace_record, member))

/* Emits a jump whose target is set by land(). Returns its position. */
static size_t jump_ahead(struct assembler *assembler, struct bpf_insn instruction)
{
	emit(assembler, instruction);
	return assembler->layout.n_instructions - 1;
}

/* Makes the jump lead to the next instruction. */
static void land(struct assembler *assembler, size_t jump)
{
	assembler->layout.instructions[jump].off = assembler->layout.n_instructions - jump - 1;
}

static void begin_block(struct assembler *assembler)
{
	assembler->layout.traces[assembler->layout.n_traces].from =
		assembler->layout.n_instructions;
}

static void end_block(struct assembler *assembler)
{
	assembler->layout.traces[assembler->layout.n_traces++].end =
		assembler->layout.n_instructions;
}

/*
 * The difference of two pointers is 0, but verifiers do not know that. A verifier that knew which tracers
 * record the packet would follow the whole chain again for each set of them.
 */
static void set_unknown_zero(struct assembler *assembler, int to)
{
	emit(assembler, move(to, BPF_REG_10));
	emit(assembler, calculate_from(BPF_SUB, to, BPF_REG_10));
}

/* Emits code that sets r0 to the length of the packet. */
static void measure(struct assembler *assembler, bool multi_buffer)
{
	fetch_context(assembler);
	if (multi_buffer) {
		emit(assembler, call_helper(BPF_FUNC_xdp_get_buff_len));
		return;
	}
	emit(assembler, load(BPF_W, BPF_REG_0, BPF_REG_1, offsetof(struct xdp_md, data_end)));
	emit(assembler, load(BPF_W, BPF_REG_2, BPF_REG_1, offsetof(struct xdp_md, data)));
	emit(assembler, calculate_from(BPF_SUB, BPF_REG_0, BPF_REG_2));
}

/* Emits the filter. It runs before the first component, so it can use the upper end of the frame. */
static int filter(struct assembler *assembler, const struct tracing *tracing)
{
	cleanup(filter_code_done) struct filter_code code = {};
	const struct filter_place place = {
		.context_register = BPF_REG_1,
		.stack_offset = VERDICT_OFFSET - FILTER_STACK_SIZE,
		.length_offset = assembler->counting->trace->multi_buffer
					 ? state(assembler, LENGTH_OFFSET)
					 : 0,
	};
	struct layout *layout = &assembler->layout;
	int result = filter_translate(tracing->n_filter, tracing->filter, &place, &code, NULL);

	if (result < 0)
		return result;
	assert(code.n_instructions <= FILTER_CODE_MAX(tracing->n_filter));
	fetch_context(assembler);
	memcpy(&layout->instructions[layout->n_instructions], code.instructions,
	       code.n_instructions * sizeof(*code.instructions));
	layout->n_instructions += code.n_instructions;
	return 0;
}

/* Emits code that looks up the number at CPU_OFFSET in the map, and sets r0 to what it has found or NULL. */
static void look_up(struct assembler *assembler, int map_fd)
{
	emit(assembler, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					   .dst_reg = BPF_REG_1,
					   .src_reg = BPF_PSEUDO_MAP_FD,
					   .imm = map_fd });
	emit(assembler, (struct bpf_insn){});
	emit(assembler, move(BPF_REG_2, BPF_REG_10));
	emit(assembler, calculate(BPF_ADD, BPF_REG_2, state(assembler, CPU_OFFSET)));
	emit(assembler, call_helper(BPF_FUNC_map_lookup_elem));
}

/* Emits code that draws after how many packets the tracer records again: N on average, of one in N. */
static void draw(struct assembler *assembler, unsigned int sample)
{
	emit(assembler, call_helper(BPF_FUNC_get_prandom_u32));
	emit(assembler, calculate(BPF_MOD, BPF_REG_0, (int)(2 * sample - 1)));
	emit(assembler, calculate(BPF_ADD, BPF_REG_0, 1));
	emit(assembler, store(BPF_W, BPF_REG_10, ROW_OFFSET, BPF_REG_0));
}

/*
 * Emits the decision whether the packet is in the tracer's sample; the returned number of jumps is made if not. A
 * random number for each packet would cost twice as much as to count down to the next one that is recorded.
 */
static size_t take_sample(struct assembler *assembler, unsigned int sample, size_t number,
			  size_t jumps[static SAMPLE_JUMPS])
{
	int map_fd = assembler->counting->trace->samples_fd;
	size_t n_jumps = 0, at_end;

	emit(assembler, store_value(BPF_W, BPF_REG_10, state(assembler, CPU_OFFSET), (int)number));
	look_up(assembler, map_fd);
	jumps[n_jumps++] = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_0, 0));
	at_end = jump_ahead(assembler, jump_if(BPF_JLE, BPF_REG_1, 1, 0));
	emit(assembler, calculate(BPF_SUB, BPF_REG_1, 1));
	emit(assembler, store(BPF_W, BPF_REG_0, 0, BPF_REG_1));
	jumps[n_jumps++] = jump_ahead(assembler, jump(0));
	land(assembler, at_end);
	draw(assembler, sample);
	look_up(assembler, map_fd);
	jumps[n_jumps++] = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_0, 0));
	emit(assembler, load(BPF_W, BPF_REG_2, BPF_REG_10, ROW_OFFSET));
	emit(assembler, store(BPF_W, BPF_REG_0, 0, BPF_REG_2));
	jumps[n_jumps++] = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_1, 0, 0));
	return n_jumps;
}

/* Emits the decision whether this tracer records the packet. */
static int choose(struct assembler *assembler, const struct tracing *tracing, size_t number)
{
	size_t jumps[SAMPLE_JUMPS + 1], n_jumps = 0;

	if (tracing->sample > 1)
		n_jumps = take_sample(assembler, tracing->sample, number, jumps);
	if (tracing->n_filter) {
		int result = filter(assembler, tracing);

		if (result < 0)
			return result;
		jumps[n_jumps++] = jump_ahead(assembler, jump_if32(BPF_JEQ, BPF_REG_0, 0, 0));
	}
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, state(assembler, MASK_OFFSET)));
	emit(assembler, calculate(BPF_OR, BPF_REG_1, 1 << number));
	set_unknown_zero(assembler, BPF_REG_2);
	emit(assembler, calculate_from(BPF_ADD, BPF_REG_1, BPF_REG_2));
	emit(assembler, store(BPF_DW, BPF_REG_10, state(assembler, MASK_OFFSET), BPF_REG_1));
	while (n_jumps > 0)
		land(assembler, jumps[--n_jumps]);
	return 0;
}

/* Emits code that gives the packet a number, at random; 64 bits are enough for no two to be the same. */
static void number_packet(struct assembler *assembler)
{
	for (int half = 0; half < 8; half += 4) {
		emit(assembler, call_helper(BPF_FUNC_get_prandom_u32));
		emit(assembler,
		     store(BPF_W, BPF_REG_10, state(assembler, PACKET_OFFSET + half), BPF_REG_0));
	}
}

/* Emits a test that skips the code up to its land() unless one of these tracers records the packet. */
static size_t skip_unless(struct assembler *assembler, unsigned int tracers)
{
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, state(assembler, MASK_OFFSET)));
	emit(assembler, calculate(BPF_AND, BPF_REG_1, (int)tracers));
	return jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_1, 0, 0));
}

static void fill_record(struct assembler *assembler, int flags)
{
	const struct trace_plan *plan = assembler->counting->trace;

	emit(assembler, call_helper(BPF_FUNC_ktime_get_ns));
	emit(assembler, store(BPF_DW, BPF_REG_10, RECORD(time_ns), BPF_REG_0));
	for (int half = 0; half < 8; half += 4) {
		emit(assembler,
		     load(BPF_W, BPF_REG_1, BPF_REG_10, state(assembler, PACKET_OFFSET + half)));
		emit(assembler, store(BPF_W, BPF_REG_10, RECORD(packet) + half, BPF_REG_1));
	}
	emit(assembler, store_value(BPF_W, BPF_REG_10, RECORD(generation), (int)plan->generation));
	measure(assembler, plan->multi_buffer);
	emit(assembler, store(BPF_W, BPF_REG_10, RECORD(length), BPF_REG_0));
	fetch_context(assembler);
	emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_1, offsetof(struct xdp_md, rx_queue_index)));
	emit(assembler, store(BPF_W, BPF_REG_10, RECORD(queue), BPF_REG_1));
	emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_10, VERDICT_OFFSET));
	emit(assembler, store(BPF_B, BPF_REG_10, RECORD(verdict), BPF_REG_1));
	emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_10, ROW_OFFSET));
	emit(assembler, store(BPF_B, BPF_REG_10, RECORD(component), BPF_REG_1));
	emit(assembler, store_value(BPF_B, BPF_REG_10, RECORD(flags), flags));
	emit(assembler, store_value(BPF_B, BPF_REG_10, RECORD(reserved), 0));
	emit(assembler, store_value(BPF_W, BPF_REG_10, RECORD(captured), 0));
	emit(assembler, store_value(BPF_W, BPF_REG_10, RECORD(captured) + 4, 0)); /* padding */
	emit(assembler, call_helper(BPF_FUNC_get_smp_processor_id));
	emit(assembler, store(BPF_W, BPF_REG_10, state(assembler, CPU_OFFSET), BPF_REG_0));
}

/* Emits tests whether the packet leaves as the tracer wants. Returns the number of jumps in `jumps`. */
static size_t test_leaving(struct assembler *assembler, const struct tracing *tracing,
			   size_t jumps[static VERDICT_COUNT + 1])
{
	size_t n_jumps = 0;

	if (tracing->verdicts != VERDICTS_ALL)
		emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_10, VERDICT_OFFSET));
	for (int verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (!(tracing->verdicts & VERDICT_BIT(verdict)))
			jumps[n_jumps++] = jump_ahead(assembler,
						      jump_if(BPF_JEQ, BPF_REG_1, verdict, 0));
	if (tracing->component >= 0) {
		emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_10, ROW_OFFSET));
		jumps[n_jumps++] = jump_ahead(assembler,
					      jump_if(BPF_JNE, BPF_REG_1, tracing->component, 0));
	}
	return n_jumps;
}

/*
 * Emits code that determines how many bytes of the packet are copied, and sets r2 to the room for them, which is
 * a constant on each way.
 */
static void choose_room(struct assembler *assembler, const struct tracing *tracing)
{
	int rooms[ROOMS_MAX];
	size_t n_rooms = trace_rooms(tracing, rooms);
	size_t jumps[ROOMS_MAX], n_jumps = 0;

	emit(assembler, load(BPF_W, BPF_REG_3, BPF_REG_10, RECORD(length)));
	emit(assembler, jump_if(BPF_JLE, BPF_REG_3, (int)tracing->snaplen, 1));
	emit(assembler, set(BPF_REG_3, (int)tracing->snaplen));
	emit(assembler, store(BPF_W, BPF_REG_10, RECORD(captured), BPF_REG_3));
	for (size_t i = 0; i < n_rooms; i++) {
		emit(assembler, set(BPF_REG_2, rooms[i]));
		if (i + 1 < n_rooms)
			jumps[n_jumps++] = jump_ahead(assembler,
						      jump_if(BPF_JLE, BPF_REG_3, rooms[i], 0));
	}
	while (n_jumps > 0)
		land(assembler, jumps[--n_jumps]);
	emit(assembler, store(BPF_DW, BPF_REG_10, ROOM_OFFSET, BPF_REG_2));
}

/*
 * Emits code that reserves a record in the ring buffer in r0, and sets r0 to its address, or NULL if the buffer
 * is full.
 */
static void reserve(struct assembler *assembler, const struct tracing *tracing)
{
	emit(assembler, store(BPF_DW, BPF_REG_10, RING_OFFSET, BPF_REG_0));
	choose_room(assembler, tracing);
	emit(assembler, calculate(BPF_ADD, BPF_REG_2, TRACE_RECORD_SIZE));
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, RING_OFFSET));
	emit(assembler, set(BPF_REG_3, 0));
	emit(assembler, call_helper(BPF_FUNC_ringbuf_reserve));
}

/* Emits code that sets the register to the address where the packet's bytes go. */
static void fetch_bytes(struct assembler *assembler, int to)
{
	emit(assembler, load(BPF_DW, to, BPF_REG_10, RESERVED_OFFSET));
	emit(assembler, calculate(BPF_ADD, to, TRACE_RECORD_SIZE));
}

/*
 * Emits code that copies r4 bytes of the packet, and sets r0 to 0 on success. A kernel without
 * bpf_xdp_load_bytes() has no multi-buffer packets, either.
 */
static void load_bytes(struct assembler *assembler, bool loads_bytes)
{
	fetch_context(assembler);
	if (loads_bytes) {
		emit(assembler, set(BPF_REG_2, 0));
		fetch_bytes(assembler, BPF_REG_3);
		emit(assembler, call_helper(BPF_FUNC_xdp_load_bytes));
		return;
	}
	emit(assembler, load(BPF_W, BPF_REG_3, BPF_REG_1, offsetof(struct xdp_md, data)));
	emit(assembler, move(BPF_REG_2, BPF_REG_4));
	fetch_bytes(assembler, BPF_REG_1);
	emit(assembler, call_helper(BPF_FUNC_probe_read_kernel));
}

/*
 * Emits code that copies the packet's bytes to the record. Verifiers forgot how many they are, so they are
 * compared with the room again. Without any, the room may have bytes of an earlier record of the same tracer.
 */
static void copy_bytes(struct assembler *assembler)
{
	size_t none, too_many, copied;

	emit(assembler, load(BPF_W, BPF_REG_4, BPF_REG_10, RECORD(captured)));
	emit(assembler, load(BPF_DW, BPF_REG_5, BPF_REG_10, ROOM_OFFSET));
	none = jump_ahead(assembler, jump_if(BPF_JLT, BPF_REG_4, 1, 0));
	too_many = jump_ahead(assembler, jump_if_register(BPF_JGT, BPF_REG_4, BPF_REG_5, 0));
	load_bytes(assembler, assembler->counting->trace->loads_bytes);
	copied = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	land(assembler, none);
	land(assembler, too_many);
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, RESERVED_OFFSET));
	emit(assembler, store_value(BPF_W, BPF_REG_1, offsetof(struct trace_record, captured), 0));
	land(assembler, copied);
}

/* Emits code that copies the record on the stack to the reserved one in r0. */
static void copy_record(struct assembler *assembler)
{
	for (int at = 0; at < TRACE_RECORD_SIZE; at += 8) {
		emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, RECORD_OFFSET + at));
		emit(assembler, store(BPF_DW, BPF_REG_0, at, BPF_REG_1));
	}
}

/* Emits code that hands the reserved record over, and wakes the reader if it passes the watermark. */
static void submit(struct assembler *assembler)
{
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, RING_OFFSET));
	emit(assembler, set(BPF_REG_2, BPF_RB_AVAIL_DATA));
	emit(assembler, call_helper(BPF_FUNC_ringbuf_query));
	emit(assembler, calculate(BPF_SUB, BPF_REG_0, TRACE_WATERMARK));
	emit(assembler, load(BPF_DW, BPF_REG_5, BPF_REG_10, ROOM_OFFSET));
	emit(assembler, calculate(BPF_ADD, BPF_REG_5, BPF_RINGBUF_HDR_SZ + TRACE_RECORD_SIZE));
	emit(assembler, set(BPF_REG_2, BPF_RB_FORCE_WAKEUP));
	emit(assembler, jump_if_register(BPF_JLT, BPF_REG_0, BPF_REG_5, 1));
	emit(assembler, set(BPF_REG_2, BPF_RB_NO_WAKEUP));
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_10, RESERVED_OFFSET));
	emit(assembler, call_helper(BPF_FUNC_ringbuf_submit));
}

/* Emits code that counts a lost record. No other CPU writes to this counter. */
static void count_lost(struct assembler *assembler, const struct tracing *tracing)
{
	look_up(assembler, tracing->lost_fd);
	emit(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 3));
	emit(assembler, load(BPF_DW, BPF_REG_1, BPF_REG_0, 0));
	emit(assembler, calculate(BPF_ADD, BPF_REG_1, 1));
	emit(assembler, store(BPF_DW, BPF_REG_0, 0, BPF_REG_1));
}

/* Emits the output of the record, with as much of the packet as the tracer wants. */
static void output(struct assembler *assembler, const struct tracing *tracing)
{
	size_t no_buffer, is_full, end;

	look_up(assembler, tracing->rings_fd);
	no_buffer = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	reserve(assembler, tracing);
	is_full = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	emit(assembler, store(BPF_DW, BPF_REG_10, RESERVED_OFFSET, BPF_REG_0));
	copy_record(assembler);
	if (tracing->snaplen > 0)
		copy_bytes(assembler);
	submit(assembler);
	end = jump_ahead(assembler, jump(0));
	land(assembler, no_buffer);
	land(assembler, is_full);
	count_lost(assembler, tracing);
	land(assembler, end);
}

/* Does the tracer want a record at that kind of place? */
static bool wants(const struct tracing *tracing, enum trace_place place)
{
	if (place == TRACE_JUMPS_OUT)
		return tracing->verdicts == VERDICTS_ALL;
	return place == TRACE_LEAVES || tracing->journey;
}

static unsigned int find_tracers(const struct trace_plan *plan, enum trace_place place)
{
	unsigned int tracers = 0;

	for (size_t i = 0; i < plan->n_tracings; i++)
		if (wants(&plan->tracings[i], place))
			tracers |= 1u << i;
	return tracers;
}

static void record(struct assembler *assembler, enum trace_place place)
{
	const struct trace_plan *plan = assembler->counting->trace;
	unsigned int tracers = find_tracers(plan, place);
	bool leaves = place == TRACE_LEAVES || place == TRACE_JUMPS_OUT;
	size_t end;

	if (!tracers)
		return;
	end = skip_unless(assembler, tracers);
	fill_record(assembler, leaves ? TRACE_LEFT : 0);
	for (size_t i = 0; i < plan->n_tracings; i++) {
		size_t jumps[VERDICT_COUNT + 2], n_jumps = 0;

		if (!(tracers & 1u << i))
			continue;
		if (leaves)
			n_jumps = test_leaving(assembler, &plan->tracings[i], jumps);
		jumps[n_jumps++] = skip_unless(assembler, 1u << i);
		output(assembler, &plan->tracings[i]);
		while (n_jumps > 0)
			land(assembler, jumps[--n_jumps]);
	}
	land(assembler, end);
}

static bool has_filter(const struct trace_plan *plan)
{
	bool found = false;

	for (size_t i = 0; i < plan->n_tracings; i++)
		found |= plan->tracings[i].n_filter > 0;
	return found;
}

/* Emits code that sets r0 to the address of the struct trace_state of this CPU, or to NULL. */
static void find_state(struct assembler *assembler)
{
	emit(assembler, store_value(BPF_W, BPF_REG_10, state(assembler, CPU_OFFSET), 0));
	look_up(assembler, assembler->counting->trace->state_fd);
}

/* Emits code that copies 8 bytes; it overwrites r1. */
static void copy(struct assembler *assembler, int to, int to_offset, int from, int from_offset)
{
	emit(assembler, load(BPF_DW, BPF_REG_1, from, from_offset));
	emit(assembler, store(BPF_DW, to, to_offset, BPF_REG_1));
}

/* Emits code that keeps for the wrappers who records the packet. */
static void keep_state(struct assembler *assembler)
{
	size_t missing;

	find_state(assembler);
	missing = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	copy(assembler, BPF_REG_0, offsetof(struct trace_state, tracers), BPF_REG_10,
	     state(assembler, MASK_OFFSET));
	copy(assembler, BPF_REG_0, offsetof(struct trace_state, packet), BPF_REG_10,
	     state(assembler, PACKET_OFFSET));
	land(assembler, missing);
}

int trace_begin(struct assembler *assembler)
{
	const struct trace_plan *plan = assembler->counting->trace;
	int result = 0;
	size_t end;

	if (!plan)
		return 0;
	begin_block(assembler);
	set_unknown_zero(assembler, BPF_REG_1);
	emit(assembler, store(BPF_DW, BPF_REG_10, state(assembler, MASK_OFFSET), BPF_REG_1));
	emit(assembler, store_value(BPF_DW, BPF_REG_10, state(assembler, PACKET_OFFSET), 0));
	if (plan->multi_buffer && has_filter(plan)) {
		measure(assembler, true);
		emit(assembler,
		     store(BPF_W, BPF_REG_10, state(assembler, LENGTH_OFFSET), BPF_REG_0));
	}
	for (size_t i = 0; result == 0 && i < plan->n_tracings; i++)
		result = choose(assembler, &plan->tracings[i], i);
	if (result < 0)
		return result;
	end = skip_unless(assembler, (1u << plan->n_tracings) - 1);
	number_packet(assembler);
	land(assembler, end);
	if (plan->keeps_state)
		keep_state(assembler);
	if (trace_has_journey(plan)) {
		emit(assembler, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, TRACE_ENTRY));
		emit(assembler, store_value(BPF_W, BPF_REG_10, VERDICT_OFFSET, TRACE_NO_VERDICT));
		record(assembler, TRACE_ARRIVES);
	}
	end_block(assembler);
	return 0;
}

/* Emits code that notes the result as a verdict, or that it is none. */
static void note_result(struct assembler *assembler, int result_offset)
{
	emit(assembler, load(BPF_W, BPF_REG_1, BPF_REG_10, result_offset));
	emit(assembler, jump_if(BPF_JLE, BPF_REG_1, VERDICT_REDIRECT, 1));
	emit(assembler, set(BPF_REG_1, TRACE_NO_VERDICT));
	emit(assembler, store(BPF_W, BPF_REG_10, VERDICT_OFFSET, BPF_REG_1));
}

void trace_return(struct assembler *assembler, size_t row, int result_offset)
{
	size_t missing;

	begin_block(assembler);
	find_state(assembler);
	missing = jump_ahead(assembler, jump_if(BPF_JEQ, BPF_REG_0, 0, 0));
	copy(assembler, BPF_REG_10, state(assembler, MASK_OFFSET), BPF_REG_0,
	     offsetof(struct trace_state, tracers));
	copy(assembler, BPF_REG_10, state(assembler, PACKET_OFFSET), BPF_REG_0,
	     offsetof(struct trace_state, packet));
	note_result(assembler, result_offset);
	emit(assembler, store_value(BPF_W, BPF_REG_10, ROW_OFFSET, (int)row));
	record(assembler, TRACE_CONTINUES);
	land(assembler, missing);
	end_block(assembler);
}

void trace_at(struct assembler *assembler, enum trace_place place)
{
	const struct trace_plan *plan = assembler->counting->trace;

	if (!plan || !find_tracers(plan, place))
		return;
	begin_block(assembler);
	record(assembler, place);
	end_block(assembler);
}
