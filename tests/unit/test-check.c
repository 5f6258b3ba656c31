// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The checker accepts what the linker lays out, and refuses everything else with a sentence. */
#include "base/cleanup.h"
#include "bpf/counter-rows.h"
#include "daemon/linkers/check/check.h"
#include "daemon/linkers/codegen/layout.h"
#include "daemon/linkers/codegen/trace-wrapper.h"
#include "daemon/linkers/fused/policy-layout.h"
#include "daemon/linkers/fused/policy-trace.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#define COUNTERS_FD 3
#define TAIL_FD	    4
#define OWN_MAP_FD  5
#define CHAIN_MAX   4
#define TRACE_FD    6
#define LOST_FD	    8
#define STATE_FD    10
#define SAMPLES_FD  11

#define TRACES_OF_CHAIN (CHAIN_MAX + 4)

/* A chain that was laid out, and its description for the checker. */
struct chain {
	struct block blocks[CHAIN_MAX];
	size_t n_blocks;
	struct layout layout;
	struct checked_component components[CHAIN_MAX];
	struct checked_trace traces[TRACES_OF_CHAIN];
	struct checked_chain checked;
};

static const int own_maps[] = { OWN_MAP_FD };
static const struct checked_tracer tracers[] = {
	{ TRACE_FD, LOST_FD }, { TRACE_FD + 1, LOST_FD + 1 }, { -1, STATE_FD }, { -1, SAMPLES_FD }
};
static const char *const names[] = { "first", "second", "third", "fourth" };

static const struct frame in_register = { .stack = 8, .context_register = BPF_REG_9 };
static const struct frame on_stack = { .stack = 24, .context_offset = -24 };

static struct block block_of(const struct bpf_insn *instructions, size_t length, enum join join,
			     verdict_set proceed)
{
	struct block block = {
		.instructions = instructions,
		.n_instructions = length,
		.main_length = length,
		.join = join,
		.uses_context = true,
		.proceed = proceed,
	};

	for (size_t i = length; i-- > 0;) {
		if (is_function_call(&instructions[i]))
			block.main_length = i + 1 + reach(&instructions[i]);
		block.tail_calls |= is_tail_call(&instructions[i]);
	}
	return block;
}

#define BLOCK(instructions, join, proceed) \
	block_of(instructions, array_size(instructions), join, proceed)

static void lay_out_traced(struct chain *chain, const struct frame *frame,
			   const struct trace_plan *trace)
{
	const struct counting counting = { .counters_fd = COUNTERS_FD, .trace = trace };

	for (size_t i = 0; i < chain->n_blocks; i++)
		chain->blocks[i].overruled_row = ROOTLET_OVERRULED_ROW(chain->n_blocks, i);
	assert_int_equal(
		layout_chain(chain->blocks, chain->n_blocks, frame, &counting, &chain->layout), 0);
	for (size_t i = 0; i < chain->n_blocks; i++) {
		const struct block *block = &chain->blocks[i];
		const struct place *place = &chain->layout.places[i];
		bool inlined = block->join == JOIN_INLINED;

		chain->components[i] = (struct checked_component){
			.code = { names[i], block->instructions, block->n_instructions, own_maps,
				  1 },
			.tail_fd = block->join == JOIN_TAIL_CALLED ? block->tail_fd : -1,
			.proceed = block->proceed,
			.forbidden = block->forbidden,
			.overruled_row = block->overruled_row,
			.inlined = inlined,
			.main = inlined ? place->moved[0] : place->main,
			.call = place->call,
			.rest = place->rest,
		};
	}
	chain->checked = (struct checked_chain){
		.instructions = chain->layout.instructions,
		.n_instructions = chain->layout.n_instructions,
		.components = chain->components,
		.n_components = chain->n_blocks,
		.counters_fd = COUNTERS_FD,
		.traces = chain->traces,
		.n_traces = chain->layout.n_traces,
		.tracers = tracers,
		.n_tracers = trace ? array_size(tracers) : 0,
		.keeps_results = trace_has_journey(trace),
	};
	assert_true(chain->layout.n_traces <= TRACES_OF_CHAIN);
	for (size_t i = 0; i < chain->layout.n_traces; i++)
		chain->traces[i] = (struct checked_trace){ chain->layout.traces[i].from,
							   chain->layout.traces[i].end };
}

static void lay_out(struct chain *chain, const struct frame *frame)
{
	lay_out_traced(chain, frame, NULL);
}

static void assert_passes(const struct chain *chain)
{
	cleanup(error_done) struct error error = {};

	if (check_chain(&chain->checked, &error) < 0)
		fail_msg("%s", error.message);
}

/* A refusal says that this is a fault in xdpd, and contains these words. */
static void assert_refused(const struct chain *chain, const char *words)
{
	cleanup(error_done) struct error error = {};

	assert_int_equal(check_chain(&chain->checked, &error), -EBADMSG);
	assert_int_equal(error.id, ERROR_INTERNAL);
	assert_non_null(strstr(error.message, "this is a fault in xdpd"));
	if (!strstr(error.message, words))
		fail_msg("'%s' is not in: %s", words, error.message);
}

static void check_blocks(const struct block *blocks, size_t n_blocks, const struct frame *frame)
{
	struct chain chain = { .n_blocks = n_blocks };

	memcpy(chain.blocks, blocks, n_blocks * sizeof(*blocks));
	lay_out(&chain, frame);
	assert_passes(&chain);
	layout_done(&chain.layout);
}

static void every_way_to_join_and_to_proceed_passes(void **state)
{
	(void)state;
	for (unsigned int joins = 0; joins < 4; joins++)
		for (verdict_set proceed = 0; proceed <= VERDICTS_ALL; proceed++)
			for (verdict_set forbidden = 0; forbidden <= VERDICTS_ALL; forbidden += 2)
				for (int verdict = 0; verdict < 6; verdict++) {
					const struct bpf_insn first[] = {
						jump_if(BPF_JEQ, BPF_REG_1, 0, 3),
						call_function(5),
						move(BPF_REG_0, BPF_REG_0),
						INSTRUCTION_EXIT,
						set(BPF_REG_0, verdict),
						INSTRUCTION_EXIT,
						INSTRUCTION_EXIT,
						set(BPF_REG_0, 1),
						INSTRUCTION_EXIT,
					};
					const struct bpf_insn second[] = {
						set(BPF_REG_0, (verdict + 1) % 6),
						INSTRUCTION_EXIT,
					};
					struct block blocks[] = {
						BLOCK(first, joins & 1 ? JOIN_INLINED : JOIN_CALLED,
						      proceed),
						BLOCK(second,
						      joins & 2 ? JOIN_INLINED : JOIN_CALLED,
						      VERDICTS_ALL & ~proceed),
						BLOCK(first, JOIN_INLINED, PROCEED_DEFAULT),
					};

					blocks[0].forbidden = forbidden;
					blocks[1].uses_context = false;
					check_blocks(blocks, 3,
						     verdict & 1 ? &in_register : &on_stack);
				}
}

static void a_program_to_tail_call_is_jumped_to(void **state)
{
	const struct bpf_insn first[] = { move(BPF_REG_0, BPF_REG_1), INSTRUCTION_EXIT };
	const struct block tail = { .join = JOIN_TAIL_CALLED, .tail_fd = TAIL_FD };
	struct block blocks[] = { BLOCK(first, JOIN_INLINED, PROCEED_DEFAULT), tail };

	(void)state;
	check_blocks(blocks, 2, &in_register);
	check_blocks(blocks, 2, &on_stack);
	check_blocks(&tail, 1, &in_register);
	check_blocks(&tail, 0, &in_register);
	blocks[0].proceed = 0;
	check_blocks(blocks, 2, &in_register);
}

static void what_follows_a_component_that_never_proceeds_passes(void **state)
{
	const struct bpf_insn first[] = { move(BPF_REG_0, BPF_REG_1), INSTRUCTION_EXIT };

	(void)state;
	for (enum join join = JOIN_INLINED; join <= JOIN_CALLED; join++) {
		const struct block blocks[] = { BLOCK(first, join, 0), BLOCK(first, join, 0),
						BLOCK(first, join, PROCEED_DEFAULT) };

		check_blocks(blocks, 3, &in_register);
	}
}

/* Two components, the first inlined, the second called; the tests below change one thing each. */
static const struct bpf_insn first_code[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = BPF_REG_6, .src_reg = BPF_REG_1 },
	{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = BPF_REG_1, .off = 1 },
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 2 },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .src_reg = BPF_REG_6 },
	{ .code = BPF_JMP | BPF_EXIT },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 7 },
	{ .code = BPF_JMP | BPF_EXIT },
};
static const struct bpf_insn second_code[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .src_reg = BPF_REG_1 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static void lay_out_two(struct chain *chain)
{
	*chain = (struct chain){
		.blocks = { BLOCK(first_code, JOIN_INLINED, PROCEED_DEFAULT),
			    BLOCK(second_code, JOIN_CALLED, PROCEED_DEFAULT) },
		.n_blocks = 2,
	};
	lay_out(chain, &on_stack);
}

static void the_sentence_names_the_component_and_the_instruction(void **state)
{
	struct chain chain;

	(void)state;
	lay_out_two(&chain);
	assert_passes(&chain);
	chain.layout.instructions[2].imm = 1;
	assert_refused(&chain, "instruction 2, in 'first', is not the component's instruction");
	layout_done(&chain.layout);
	lay_out_two(&chain);
	chain.layout.instructions[chain.components[1].main].src_reg = BPF_REG_2;
	assert_refused(&chain, "in 'second'");
	layout_done(&chain.layout);
}

/* The same instructions, checked against other rules. */
static void the_program_of_another_chain_is_refused(void **state)
{
	struct checked_component kept;
	struct chain chain;

	(void)state;
	lay_out_two(&chain);
	chain.components[0].proceed = VERDICT_BIT(VERDICT_PASS) | VERDICT_BIT(VERDICT_TX);
	assert_refused(&chain, "after 'first'");
	chain.components[0].proceed = PROCEED_DEFAULT;
	chain.components[1].forbidden = VERDICT_BIT(VERDICT_TX);
	assert_refused(&chain, "after 'second'");
	chain.components[1].forbidden = 0;
	chain.checked.counters_fd = COUNTERS_FD + 1;
	assert_refused(&chain, "does something that the chain does not ask for");
	chain.checked.counters_fd = -1;
	assert_refused(&chain, "does something that the chain does not ask for");
	chain.checked.counters_fd = COUNTERS_FD;
	assert_passes(&chain);
	kept = chain.components[0];
	chain.components[0] = chain.components[1];
	chain.components[1] = kept;
	assert_refused(&chain, "before");
	layout_done(&chain.layout);
}

/* Also an instruction that could be between components, because no jump leads to it. */
static void an_instruction_too_many_is_refused(void **state)
{
	const struct bpf_insn additions[] = { { .code = BPF_ALU64 | BPF_XOR | BPF_X },
					      INSTRUCTION_EXIT };

	(void)state;
	for (size_t i = 0; i < array_size(additions); i++) {
		struct chain chain;
		struct bpf_insn *longer;

		lay_out_two(&chain);
		longer = calloc(chain.checked.n_instructions + 1, sizeof(*longer));
		memcpy(longer, chain.checked.instructions,
		       chain.checked.n_instructions * sizeof(*longer));
		longer[chain.checked.n_instructions++] = additions[i];
		chain.checked.instructions = longer;
		assert_refused(&chain, "belongs to no component, test or counter");
		free(longer);
		layout_done(&chain.layout);
	}
}

static void values_that_are_never_read_are_refused(void **state)
{
	const struct bpf_insn passes[] = { set(BPF_REG_0, VERDICT_PASS), INSTRUCTION_EXIT };
	struct chain chain = { .blocks = { BLOCK(passes, JOIN_INLINED, PROCEED_DEFAULT) },
			       .n_blocks = 1 };
	struct bpf_insn *instructions;

	(void)state;
	chain.blocks[0].uses_context = false;
	lay_out(&chain, &in_register);
	assert_passes(&chain);
	instructions = chain.layout.instructions;
	assert_int_equal(instructions[0].code, BPF_ST | BPF_MEM | BPF_W); /* it stores the row */
	for (int value = 0; value < 2; value++) {
		struct bpf_insn longer[64] = { set(BPF_REG_4, 1) };

		if (value)
			longer[0] = instructions[0];
		memcpy(&longer[1], instructions,
		       chain.layout.n_instructions * sizeof(*instructions));
		chain.checked.instructions = longer;
		chain.checked.n_instructions = chain.layout.n_instructions + 1;
		assert_refused(&chain, "the chain does not ");
	}
	layout_done(&chain.layout);
}

/* The context is at r10 - 24: a component whose frame reaches down to there overwrites it. */
static void the_context_must_survive_inlined_components(void **state)
{
	const struct bpf_insn writes[] = { store(BPF_DW, BPF_REG_10, -24, BPF_REG_1),
					   set(BPF_REG_0, VERDICT_PASS), INSTRUCTION_EXIT };
	struct chain chain = {
		.blocks = { BLOCK(writes, JOIN_INLINED, PROCEED_DEFAULT),
			    BLOCK(second_code, JOIN_CALLED, PROCEED_DEFAULT) },
		.n_blocks = 2,
	};

	(void)state;
	lay_out(&chain, &on_stack);
	assert_refused(&chain, "after 'first'");
	layout_done(&chain.layout);
	lay_out_two(&chain);
	chain.components[0].stack = 17;
	assert_refused(&chain, "after 'first'");
	chain.components[0].stack = CHECK_STACK_UNKNOWN;
	assert_refused(&chain, "after 'first'");
	chain.components[0].stack = 16;
	assert_passes(&chain);
	layout_done(&chain.layout);
}

static void a_register_that_a_component_uses_holds_no_context(void **state)
{
	const struct bpf_insn uses[] = { set(BPF_REG_9, 1), set(BPF_REG_0, VERDICT_PASS),
					 INSTRUCTION_EXIT };
	struct chain chain = {
		.blocks = { BLOCK(uses, JOIN_INLINED, PROCEED_DEFAULT),
			    BLOCK(second_code, JOIN_CALLED, PROCEED_DEFAULT) },
		.n_blocks = 2,
	};

	(void)state;
	lay_out(&chain, &in_register);
	assert_refused(&chain, "after 'first'");
	layout_done(&chain.layout);
}

/*
 * Without the instructions that hide it, verifiers up to Linux 6.17 take the verdict for a constant, and
 * remove the test.
 */
static void the_verdict_of_a_tail_call_is_hidden_from_verifiers(void **state)
{
	const struct bpf_insn calls[] = { call_helper(BPF_FUNC_tail_call), set(BPF_REG_0, 1),
					  INSTRUCTION_EXIT };
	struct chain chain = { .blocks = { BLOCK(calls, JOIN_CALLED, PROCEED_DEFAULT) },
			       .n_blocks = 1 };

	(void)state;
	lay_out(&chain, &in_register);
	assert_passes(&chain);
	layout_done(&chain.layout);
	chain.blocks[0].tail_calls = false;
	lay_out(&chain, &in_register);
	assert_refused(&chain, "after 'first'");
	layout_done(&chain.layout);
	chain.blocks[0].join = JOIN_INLINED;
	lay_out(&chain, &in_register);
	assert_refused(&chain, "the component may not return");
	layout_done(&chain.layout);
}

/*
 * Numbers in instructions have a known meaning only for the component's own maps and the kernel itself.
 */
static void references_outside_the_component_are_refused(void **state)
{
	const struct {
		struct bpf_insn first, second;
		bool passes;
	} rows[] = {
		{ { .code = BPF_LD | BPF_IMM | BPF_DW,
		    .src_reg = BPF_PSEUDO_MAP_FD,
		    .imm = OWN_MAP_FD },
		  {},
		  true },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW,
		    .src_reg = BPF_PSEUDO_MAP_VALUE,
		    .imm = OWN_MAP_FD },
		  { .imm = 8 },
		  true },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW, .imm = 99 }, { .imm = 99 }, true },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID, .imm = 9 },
		  {},
		  true },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW,
		    .src_reg = BPF_PSEUDO_MAP_FD,
		    .imm = COUNTERS_FD },
		  {},
		  false },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID, .imm = 9 },
		  { .imm = 12 },
		  false },
		{ { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_MAP_IDX }, {}, false },
		{ { .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_KFUNC_CALL, .imm = 5 },
		  set(BPF_REG_0, 1),
		  true },
		{ { .code = BPF_JMP | BPF_CALL,
		    .src_reg = BPF_PSEUDO_KFUNC_CALL,
		    .off = 1,
		    .imm = 5 },
		  set(BPF_REG_0, 1),
		  false },
		{ { .code = BPF_JMP | BPF_JA | BPF_X }, set(BPF_REG_0, 1), false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++)
		for (enum join join = JOIN_INLINED; join <= JOIN_CALLED; join++) {
			const struct bpf_insn code[] = { rows[i].first, rows[i].second,
							 move(BPF_REG_0, BPF_REG_1),
							 INSTRUCTION_EXIT };
			struct chain chain = { .blocks = { BLOCK(code, join, PROCEED_DEFAULT) },
					       .n_blocks = 1 };

			lay_out(&chain, &in_register);
			if (rows[i].passes)
				assert_passes(&chain);
			else
				assert_refused(&chain, "does not belong to the component");
			layout_done(&chain.layout);
		}
}

/*
 * Two components call functions of kernel modules, each with its own list of modules; the program has one
 * list.
 */
static void calls_into_modules_mean_the_same_module_as_before(void **state)
{
	const struct bpf_insn code[] = {
		{ .code = BPF_JMP | BPF_CALL,
		  .src_reg = BPF_PSEUDO_KFUNC_CALL,
		  .off = 1,
		  .imm = 5 },
		INSTRUCTION_EXIT,
	};
	const int modules[][1] = { { 30 }, { 31 } }, loaded[] = { 0, 30, 31 };
	struct chain chain = { .n_blocks = 2,
			       .blocks = { BLOCK(code, JOIN_CALLED, PROCEED_DEFAULT),
					   BLOCK(code, JOIN_CALLED, PROCEED_DEFAULT) } };
	short *second;

	(void)state;
	lay_out(&chain, &in_register);
	for (size_t i = 0; i < 2; i++) {
		chain.components[i].code.modules = modules[i];
		chain.components[i].code.n_modules = 1;
	}
	chain.checked.modules = loaded;
	chain.checked.n_modules = array_size(loaded);
	second = &chain.layout.instructions[chain.components[1].main].off;
	assert_refused(&chain, "in 'second', calls a function of another kernel module");
	*second = 3;
	assert_refused(&chain, "calls a function of another kernel module");
	*second = -1;
	assert_refused(&chain, "calls a function of another kernel module");
	*second = 2;
	assert_passes(&chain);
	layout_done(&chain.layout);
}

/* A policy: its main function calls 2, which is a slot, and 3, which calls 4. */
static const struct bpf_insn policy_code[] = {
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 2 },
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 3 },
	{ .code = BPF_JMP | BPF_EXIT },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 20 },
	{ .code = BPF_JMP | BPF_EXIT },
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 1 },
	{ .code = BPF_JMP | BPF_EXIT },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 40 },
	{ .code = BPF_JMP | BPF_EXIT },
};
static struct bpf_func_info policy_functions[] = { { 0, 1 }, { 3, 2 }, { 5, 3 }, { 7, 4 } };

/* A component: its main function calls 2, which stands for a function of the policy, and 3, which is its own. */
static const struct bpf_insn caller_code[] = {
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 2 },
	{ .code = BPF_JMP | BPF_CALL, .src_reg = BPF_PSEUDO_CALL, .imm = 3 },
	{ .code = BPF_JMP | BPF_EXIT },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = -1 },
	{ .code = BPF_JMP | BPF_EXIT },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 50 },
	{ .code = BPF_JMP | BPF_EXIT },
};
static struct bpf_func_info caller_functions[] = { { 0, 1 }, { 3, 2 }, { 5, 3 } };

#define POLICY_FUNCTIONS array_size(policy_functions)
#define CALLER_FUNCTIONS array_size(caller_functions)

/* A policy with one component, and what its checker is told. */
struct policy_case {
	struct policy_layout layout;
	struct checked_reference instead[2][POLICY_FUNCTIONS];
	struct checked_part parts[2];
};

static const struct program_code policy_program = { .n_instructions = array_size(policy_code),
						    .instructions = (void *)policy_code,
						    .n_functions = POLICY_FUNCTIONS,
						    .functions = policy_functions };
static const struct program_code caller_program = { .n_instructions = array_size(caller_code),
						    .instructions = (void *)caller_code,
						    .n_functions = CALLER_FUNCTIONS,
						    .functions = caller_functions };

/* The component is in the slot with that index; its function 1 stands for the policy's function `offer`. */
static void set_up_wrapped(struct policy_case *test, size_t slot, size_t offer,
			   const struct layout *wrapper)
{
	const size_t offers[CALLER_FUNCTIONS] = { OFFER_NONE, offer, OFFER_NONE };
	const struct filling filling = { &caller_program, policy_functions[slot].type_id, offers,
					 wrapper };

	*test = (struct policy_case){};
	assert_int_equal(policy_layout_init(&policy_program, &filling, 1, &test->layout), 0);
	test->parts[0] = (struct checked_part){
		.code = { "policy", policy_code, array_size(policy_code) },
		.functions = policy_functions,
		.n_functions = POLICY_FUNCTIONS,
		.instead = test->instead[0],
		.positions = test->layout.positions[0],
	};
	test->parts[1] = (struct checked_part){
		.code = { "caller", caller_code, array_size(caller_code) },
		.functions = caller_functions,
		.n_functions = CALLER_FUNCTIONS,
		.instead = test->instead[1],
		.positions = test->layout.positions[1],
	};
	test->instead[0][slot] = (struct checked_reference){ &test->parts[1], 0 };
	if (offer != OFFER_NONE)
		test->instead[1][1] = (struct checked_reference){ &test->parts[0], offer };
}

static void set_up(struct policy_case *test, size_t slot, size_t offer)
{
	set_up_wrapped(test, slot, offer, NULL);
}

static int check_case(const struct policy_case *test, const char *why)
{
	cleanup(error_done) struct error error = {};
	const struct checked_policy policy = {
		.instructions = test->layout.instructions,
		.n_instructions = test->layout.n_instructions,
		.parts = test->parts,
		.n_parts = 2,
	};
	int result = check_policy(&policy, &error);

	if (why)
		assert_non_null(strstr(error.message, why));
	return result;
}

static void a_policy_calls_the_components_in_its_slots(void **state)
{
	struct policy_case test;

	(void)state;
	for (size_t slot = 1; slot < POLICY_FUNCTIONS; slot++) {
		set_up(&test, slot, OFFER_NONE);
		assert_int_equal(check_case(&test, NULL), 0);
		test.instead[0][slot].part = NULL;
		assert_int_equal(check_case(&test, "xdpd built it wrongly"), -EBADMSG);
		test.instead[0][slot % 3 + 1].part = &test.parts[1];
		assert_int_equal(check_case(&test, "xdpd built it wrongly"), -EBADMSG);
		test.instead[0][slot % 3 + 1].part = NULL;
		test.instead[0][slot].part = &test.parts[1];
		test.layout.instructions[0].imm++;
		assert_int_equal(check_case(&test, "instruction 0, in 'policy', "), -EBADMSG);
		policy_layout_done(&test.layout);
	}
}

static void a_component_calls_the_functions_that_the_policy_offers(void **state)
{
	struct policy_case test;
	struct bpf_insn *call;

	(void)state;
	/* The component is in slot 1, and function 2 calls 3, so both can be offered. */
	for (size_t offer = 2; offer < POLICY_FUNCTIONS; offer++) {
		set_up(&test, 1, offer);
		assert_int_equal(check_case(&test, NULL), 0);
		/* Its own function, or another one of the policy, would be called. */
		test.instead[1][1].part = NULL;
		assert_int_equal(check_case(&test, "xdpd built it wrongly"), -EBADMSG);
		test.instead[1][1] = (struct checked_reference){ &test.parts[0], 5 - offer };
		assert_int_equal(check_case(&test, "in 'caller', is not the component's"),
				 -EBADMSG);
		test.instead[1][1].function = offer;
		call = &test.layout.instructions[test.layout.positions[1][0]];
		call->imm++;
		assert_int_equal(check_case(&test, "in 'caller', is not the component's"),
				 -EBADMSG);
		policy_layout_done(&test.layout);
	}
}

/* What a function that is replaced is replaced by must be in the program itself. */
static void an_offered_function_is_not_a_slot(void **state)
{
	struct policy_case test;

	(void)state;
	set_up(&test, 1, 2);
	test.instead[1][1].function = 1;
	assert_int_equal(check_case(&test, "in 'caller', is of a program whose functions"),
			 -EBADMSG);
	policy_layout_done(&test.layout);
}

static const struct trace_plan trace_plan = {
	.generation = 7,
	.samples_fd = SAMPLES_FD,
	.n_tracings = 2,
	.tracings = {
		{ .rings_fd = TRACE_FD, .lost_fd = LOST_FD, .sample = 3, .snaplen = 64,
		  .verdicts = VERDICT_BIT(VERDICT_DROP), .component = 1 },
		{ .rings_fd = TRACE_FD + 1, .lost_fd = LOST_FD + 1, .snaplen = 1500, .sample = 1, .verdicts = VERDICTS_ALL, .component = -1 },
	},
};

/* What libpcap makes of "udp" over IPv4. */
static const struct sock_filter udp[] = {
	{ BPF_LD | BPF_H | BPF_ABS, 0, 0, 12 }, { BPF_JMP | BPF_JEQ | BPF_K, 0, 3, 0x800 },
	{ BPF_LD | BPF_B | BPF_ABS, 0, 0, 23 }, { BPF_JMP | BPF_JEQ | BPF_K, 0, 1, 17 },
	{ BPF_RET | BPF_K, 0, 0, 65535 },	{ BPF_RET | BPF_K, 0, 0, 0 },
};

static const struct frame traced_in_register = { .stack = 96,
						 .context_register = BPF_REG_9,
						 .trace_offset = -96 };
static const struct frame traced_on_stack = { .stack = 104,
					      .context_offset = -80,
					      .trace_offset = -104 };

/* Lays out three components: one that is inlined, one that is called, and one that is run by a tail call. */
static void lay_out_for_tracers(struct chain *chain, const struct frame *frame, bool journey,
				bool multi_buffer)
{
	static const struct bpf_insn drops_or_passes[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_W, .dst_reg = 0, .src_reg = 1, .off = 12 },
		{ .code = BPF_JMP | BPF_JEQ | BPF_K, .dst_reg = 0, .off = 2 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 2 },
		{ .code = BPF_JMP | BPF_EXIT },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct trace_plan plan = trace_plan;

	*chain = (struct chain){ .n_blocks = 3 };
	chain->blocks[0] = BLOCK(drops_or_passes, JOIN_INLINED, PROCEED_DEFAULT);
	chain->blocks[1] = BLOCK(drops_or_passes, JOIN_CALLED, PROCEED_DEFAULT);
	chain->blocks[1].forbidden = VERDICT_BIT(VERDICT_TX);
	chain->blocks[2] = (struct block){ .join = JOIN_TAIL_CALLED, .tail_fd = TAIL_FD };
	plan.tracings[1].journey = journey;
	plan.multi_buffer = plan.loads_bytes = multi_buffer;
	plan.tracings[0].n_filter = array_size(udp);
	plan.tracings[0].filter = udp;
	lay_out_traced(chain, frame, &plan);
	chain->components[2].tail_fd = TAIL_FD;
}

static void a_traced_chain_passes(void **state)
{
	(void)state;
	for (int i = 0; i < 8; i++) {
		struct chain chain;

		lay_out_for_tracers(&chain, i & 1 ? &traced_in_register : &traced_on_stack, i & 2,
				    i & 4);
		assert_int_equal(chain.layout.n_traces, i & 2 ? 5 : 3);
		assert_passes(&chain);
		layout_done(&chain.layout);
	}
}

static void an_empty_traced_chain_passes(void **state)
{
	struct chain chain = {};

	(void)state;
	lay_out_traced(&chain, &traced_in_register, &trace_plan);
	assert_passes(&chain);
	layout_done(&chain.layout);
}

/* Nothing reaches the trace of what follows it, and the rest of the chain. */
static void a_traced_component_that_never_proceeds_passes(void **state)
{
	static const struct bpf_insn drops[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 0, .imm = 1 },
		{ .code = BPF_JMP | BPF_EXIT },
	};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct trace_plan plan = trace_plan;
		struct chain chain = { .n_blocks = i & 1 ? 2 : 1 };

		for (size_t j = 0; j < chain.n_blocks; j++)
			chain.blocks[j] = BLOCK(drops, i & 2 ? JOIN_CALLED : JOIN_INLINED, 0);
		plan.tracings[1].journey = true;
		lay_out_traced(&chain, &traced_in_register, &plan);
		assert_passes(&chain);
		layout_done(&chain.layout);
	}
}

/* The first instruction of a trace with that code; its position in the program. */
static size_t find_in_trace(const struct chain *chain, size_t trace, unsigned int code)
{
	size_t at = chain->traces[trace].from;

	while (at < chain->traces[trace].end && chain->layout.instructions[at].code != code)
		at++;
	assert_true(at < chain->traces[trace].end);
	return at;
}

/* Puts the instruction in the place of one of a trace, and expects the checker to refuse the program. */
static void refuse_in_trace(size_t trace, unsigned int code, struct bpf_insn instruction,
			    const char *words)
{
	struct chain chain;

	lay_out_for_tracers(&chain, &traced_on_stack, true, false);
	chain.layout.instructions[find_in_trace(&chain, trace, code)] = instruction;
	assert_refused(&chain, words);
	layout_done(&chain.layout);
}

static void a_trace_that_does_more_is_refused(void **state)
{
	static const char more[] = "does more than to trace";
	const unsigned int set_code = BPF_ALU64 | BPF_MOV | BPF_X;
	const unsigned int store_code = BPF_ST | BPF_MEM | BPF_W;

	(void)state;
	for (size_t trace = 0; trace < 5; trace++) {
		refuse_in_trace(trace, set_code, INSTRUCTION_EXIT, more);
		refuse_in_trace(trace, set_code, jump(-2), more);
		refuse_in_trace(trace, set_code, jump(2000), more);
		refuse_in_trace(trace, set_code, set(BPF_REG_6, 0), more);
		refuse_in_trace(trace, set_code, set(BPF_REG_10, 0), more);
		refuse_in_trace(trace, set_code, call_helper(BPF_FUNC_map_update_elem), more);
		refuse_in_trace(trace, set_code, call_function(0), more);
		refuse_in_trace(trace, set_code, store(BPF_B, BPF_REG_1, 0, BPF_REG_2), more);
		refuse_in_trace(trace, set_code,
				(struct bpf_insn){ .code = BPF_STX | BPF_ATOMIC | BPF_DW,
						   .dst_reg = BPF_REG_10,
						   .src_reg = BPF_REG_1,
						   .off = -32,
						   .imm = BPF_XCHG },
				more);
		refuse_in_trace(trace, store_code, store_value(BPF_W, BPF_REG_10, -600, 0),
				"overwrites what the chain needs");
		refuse_in_trace(trace, store_code, store_value(BPF_W, BPF_REG_10, 0, 0),
				"overwrites what the chain needs");
		refuse_in_trace(trace, store_code,
				store_value(BPF_W, BPF_REG_10, traced_on_stack.context_offset, 0),
				"overwrites what the chain needs");
		if (trace > 0)
			refuse_in_trace(trace, store_code, store_value(BPF_B, BPF_REG_10, -8, 0),
					"overwrites what the chain needs");
	}
}

/* The call of that helper in a trace; its position in the program. */
static size_t find_call(const struct chain *chain, size_t trace, int helper)
{
	size_t at = chain->traces[trace].from;
	const struct bpf_insn *instructions = chain->layout.instructions;

	while (at < chain->traces[trace].end &&
	       (!is_call(&instructions[at]) || instructions[at].imm != helper))
		at++;
	assert_true(at < chain->traces[trace].end);
	return at;
}

/* Changes what is `before` instructions before the call of the helper, and expects a refusal. */
static void refuse_before_call(int helper, size_t before, struct bpf_insn instruction,
			       bool loads_bytes)
{
	struct chain chain;

	lay_out_for_tracers(&chain, &traced_in_register, false, loads_bytes);
	chain.layout.instructions[find_call(&chain, 2, helper) - before] = instruction;
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);
}

static void a_trace_writes_only_to_its_own_buffers(void **state)
{
	struct chain chain;

	(void)state;
	lay_out_for_tracers(&chain, &traced_in_register, false, false);
	chain.layout.instructions[find_in_trace(&chain, 2, BPF_LD | BPF_IMM | BPF_DW)].imm =
		COUNTERS_FD;
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);

	/* Anything but what the trace itself has looked up, reserved or saved is another's. */
	refuse_before_call(BPF_FUNC_ringbuf_reserve, 2, load(BPF_DW, BPF_REG_1, BPF_REG_10, -88),
			   true);
	refuse_before_call(BPF_FUNC_ringbuf_submit, 1, move(BPF_REG_1, BPF_REG_6), true);
	refuse_before_call(BPF_FUNC_ringbuf_query, 2, load(BPF_DW, BPF_REG_1, BPF_REG_9, 0), true);
	refuse_before_call(BPF_FUNC_xdp_load_bytes, 2, move(BPF_REG_3, BPF_REG_10), true);
	refuse_before_call(BPF_FUNC_probe_read_kernel, 2, move(BPF_REG_1, BPF_REG_10), false);
	refuse_before_call(BPF_FUNC_probe_read_kernel, 0, call_helper(BPF_FUNC_probe_write_user),
			   false);
	refuse_before_call(BPF_FUNC_map_lookup_elem, 0, call_helper(BPF_FUNC_map_delete_elem),
			   true);
}

/* A saved address that was overwritten, or that only one of two ways has saved, is not one. */
static void what_a_trace_has_saved_is_not_guessed(void **state)
{
	struct chain chain;
	struct bpf_insn *instructions;
	size_t at;

	(void)state;
	lay_out_for_tracers(&chain, &traced_in_register, false, true);
	instructions = chain.layout.instructions;
	at = find_call(&chain, 2, BPF_FUNC_ringbuf_reserve);
	assert_int_equal(instructions[at + 2].code, BPF_STX | BPF_MEM | BPF_DW);
	instructions[at + 2].code = BPF_STX | BPF_MEM | BPF_W;
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);

	lay_out_for_tracers(&chain, &traced_in_register, false, true);
	instructions = chain.layout.instructions;
	at = find_call(&chain, 2, BPF_FUNC_ringbuf_reserve);
	instructions[at + 1] = jump_if(BPF_JEQ, BPF_REG_0, 0, 1); /* past the store */
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);

	/* A jump into the middle of an instruction. */
	lay_out_for_tracers(&chain, &traced_in_register, false, true);
	instructions = chain.layout.instructions;
	at = find_in_trace(&chain, 2, BPF_LD | BPF_IMM | BPF_DW);
	instructions[at - 1] = jump_if(BPF_JEQ, BPF_REG_1, 0, 1);
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);

	lay_out_for_tracers(&chain, &traced_in_register, false, true);
	instructions = chain.layout.instructions;
	at = find_call(&chain, 2, BPF_FUNC_ringbuf_reserve);
	instructions[at + 3] = store_value(BPF_B, BPF_REG_10, instructions[at + 2].off + 7, 0);
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);
}

static void claims_about_traces_are_not_believed(void **state)
{
	struct chain chain;

	(void)state;
	lay_out_for_tracers(&chain, &traced_in_register, false, false);
	chain.traces[0].end--; /* then the last instruction is not part of it */
	assert_refused(&chain, "");
	chain.traces[0].end++;
	chain.traces[2].end = chain.layout.n_instructions + 1;
	assert_refused(&chain, "does more than to trace");
	chain.traces[2] = (struct checked_trace){ 0, chain.layout.n_instructions };
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);
}

/* A policy that is traced, the component in its slot, and their description for the checker. */
struct traced_policy {
	struct policy_case policy;
	struct layout wrapper; /* of the component, for a journey */
	struct layout layout;  /* without its instructions, which are the policy's */
	struct checked_component component;
	struct checked_trace traces[TRACES_OF_CHAIN];
	struct checked_chain checked;
};

/* Traces the policy that is laid out already. */
static void trace_laid_out(struct traced_policy *test, const struct trace_plan *plan)
{
	test->layout = (struct layout){};
	assert_int_equal(policy_trace(plan, &(struct filling){ .wrapper = &test->wrapper },
				      &test->policy.layout, &test->layout),
			 0);
	if (test->policy.layout.n_wrappers)
		test->policy.parts[1].wrapper = &test->policy.layout.wrappers[0].at;
	test->component = (struct checked_component){
		.code.name = "policy",
		.parts = test->policy.parts,
		.n_parts = 2,
		.tail_fd = -1,
		.main = test->policy.layout.positions[0][0],
		.call = test->layout.places[0].call,
	};
	test->checked = (struct checked_chain){
		.instructions = test->policy.layout.instructions,
		.n_instructions = test->policy.layout.n_instructions,
		.components = &test->component,
		.n_components = 1,
		.counters_fd = -1,
		.traces = test->traces,
		.n_traces = test->layout.n_traces,
		.tracers = tracers,
		.n_tracers = array_size(tracers),
		.keeps_results = trace_has_journey(plan),
	};
	for (size_t i = 0; i < test->layout.n_traces; i++)
		test->traces[i] = (struct checked_trace){ test->layout.traces[i].from,
							  test->layout.traces[i].end };
}

static void trace_policy(struct traced_policy *test, const struct trace_plan *plan)
{
	test->wrapper = (struct layout){};
	set_up(&test->policy, 1, 2);
	trace_laid_out(test, plan);
}

static const struct trace_plan journey_plan = {
	.generation = 7,
	.keeps_state = true,
	.state_fd = STATE_FD,
	.n_tracings = 2,
	.tracings = {
		{ .rings_fd = TRACE_FD, .lost_fd = LOST_FD, .sample = 1, .snaplen = 64,
		  .verdicts = VERDICTS_ALL, .component = -1 },
		{ .rings_fd = TRACE_FD + 1, .lost_fd = LOST_FD + 1, .sample = 1, .snaplen = 128,
		  .verdicts = VERDICTS_ALL, .component = -1, .journey = true },
	},
};

/* The component has a wrapper. Which argument is the context is not for the checker to know. */
static void trace_journey(struct traced_policy *test, int context)
{
	assert_int_equal(trace_wrapper(&journey_plan, 1, context, &test->wrapper), 0);
	set_up_wrapped(&test->policy, 1, 2, &test->wrapper);
	trace_laid_out(test, &journey_plan);
}

static void traced_policy_done(struct traced_policy *test)
{
	policy_layout_done(&test->policy.layout);
	layout_done(&test->layout);
	layout_done(&test->wrapper);
}

static void assert_policy_refused(const struct traced_policy *test, const char *words)
{
	cleanup(error_done) struct error error = {};

	assert_int_equal(check_chain(&test->checked, &error), -EBADMSG);
	assert_non_null(strstr(error.message, words));
	assert_non_null(strstr(error.message, "this is a fault in xdpd"));
}

static void a_traced_policy_passes(void **state)
{
	(void)state;
	for (int i = 0; i < 4; i++) {
		cleanup(error_done) struct error error = {};
		struct trace_plan plan = trace_plan;
		struct traced_policy test;

		plan.multi_buffer = plan.loads_bytes = i & 1;
		plan.tracings[0].n_filter = i & 2 ? array_size(udp) : 0;
		plan.tracings[0].filter = udp;
		trace_policy(&test, &plan);
		assert_int_equal(test.layout.n_traces, 2);
		assert_int_equal(check_chain(&test.checked, &error), 0);
		traced_policy_done(&test);
	}
}

/* Puts the instruction there, and expects the checker to refuse the program. */
static void refuse_at(struct traced_policy *test, size_t at, struct bpf_insn instruction,
		      const char *words)
{
	struct bpf_insn *instructions = test->policy.layout.instructions, before = instructions[at];

	instructions[at] = instruction;
	assert_policy_refused(test, words);
	instructions[at] = before;
}

/* Changes each bit of these instructions, and expects the checker to refuse each program. */
static void refuse_changed_bits(struct traced_policy *test, size_t from, size_t end)
{
	unsigned char *bytes = (unsigned char *)test->policy.layout.instructions;

	for (size_t bit = from * 64; bit < end * 64; bit++) {
		bytes[bit / 8] ^= 1 << bit % 8;
		assert_policy_refused(test, "");
		bytes[bit / 8] ^= 1 << bit % 8;
	}
}

/* Whatever bit of the policy or of its component is wrong, the program is refused. */
static void a_traced_policy_and_its_components_are_unchanged(void **state)
{
	struct traced_policy test;

	(void)state;
	trace_policy(&test, &trace_plan);
	refuse_changed_bits(&test, test.component.main, test.checked.n_instructions);
	traced_policy_done(&test);
	trace_journey(&test, 0);
	refuse_changed_bits(&test, test.component.main, *test.policy.parts[1].wrapper);
	traced_policy_done(&test);
}

static void a_traced_journey_through_a_policy_passes(void **state)
{
	(void)state;
	for (int context = 0; context < 5; context++) {
		cleanup(error_done) struct error error = {};
		struct traced_policy test;

		trace_journey(&test, context);
		/* It arrives, returns from the component, and leaves; nothing follows the policy. */
		assert_int_equal(test.layout.n_traces, 4);
		assert_int_equal(test.policy.layout.n_wrappers, 1);
		assert_int_equal(check_chain(&test.checked, &error), 0);
		traced_policy_done(&test);
	}
}

static size_t wrapper_trace(const struct traced_policy *test)
{
	return test->layout.n_traces - 1;
}

/* Only the register that gets an argument has no meaning for the packet, as long as it is an argument. */
static void a_wrapper_only_calls_its_component(void **state)
{
	struct traced_policy test;
	size_t wrapper, end;

	(void)state;
	trace_journey(&test, 0);
	wrapper = *test.policy.parts[1].wrapper;
	end = test.traces[wrapper_trace(&test)].end;
	assert_int_equal(test.checked.n_instructions, end + 2);
	refuse_changed_bits(&test, wrapper + 1, wrapper + 3);
	refuse_changed_bits(&test, end, end + 2);
	refuse_at(&test, wrapper, move(BPF_REG_6, BPF_REG_7), "return its result");
	refuse_at(&test, wrapper, move(BPF_REG_7, BPF_REG_1), "return its result");
	refuse_at(&test, wrapper, move(BPF_REG_1, BPF_REG_2), "return its result");
	refuse_at(&test, wrapper, move(BPF_REG_6, BPF_REG_0), "return its result");
	/* What it keeps must be its own, and must survive the trace. */
	for (size_t at = wrapper + 3; at < end; at++)
		if (test.policy.layout.instructions[at].code == (BPF_ST | BPF_MEM | BPF_W))
			refuse_at(&test, at,
				  store_value(BPF_W, BPF_REG_10,
					      test.policy.layout.instructions[wrapper + 2].off, 0),
				  "return its result");
	traced_policy_done(&test);
}

static void claims_about_wrappers_are_not_believed(void **state)
{
	struct traced_policy test;
	size_t wrapper, other = 0;

	(void)state;
	trace_journey(&test, 0);
	wrapper = *test.policy.parts[1].wrapper;
	test.policy.parts[1].wrapper = &wrapper;
	wrapper++;
	assert_policy_refused(&test, "");
	wrapper = (size_t)-3;
	assert_policy_refused(&test, "");
	wrapper = test.component.main;
	assert_policy_refused(&test, "");
	wrapper = test.policy.layout.wrappers[0].at;
	/* Calls of the slot would not reach it, or nothing that traces is in it. */
	test.policy.parts[1].wrapper = NULL;
	assert_policy_refused(&test, "in 'policy', is not the component's instruction");
	test.policy.parts[1].wrapper = &wrapper;
	test.checked.n_traces--;
	assert_policy_refused(&test, "return its result");
	test.checked.n_traces++;
	test.traces[wrapper_trace(&test)].end--;
	assert_policy_refused(&test, "");
	test.traces[wrapper_trace(&test)].end++;
	/* The policy itself has none. */
	test.policy.parts[0].wrapper = &other;
	assert_policy_refused(&test, "return its result");
	traced_policy_done(&test);
}

/* The map that tells wrappers who records the packet is known only for a journey. */
static void the_state_of_a_journey_is_in_a_map_of_the_tracers(void **state)
{
	struct traced_policy test;

	(void)state;
	trace_journey(&test, 0);
	test.checked.n_tracers = 2;
	assert_policy_refused(&test, "does more than to trace");
	traced_policy_done(&test);
}

static void samples_are_counted_in_a_map_of_the_tracers(void **state)
{
	struct chain chain;

	(void)state;
	lay_out_for_tracers(&chain, &traced_on_stack, false, false);
	assert_int_equal(tracers[3].lost_fd, SAMPLES_FD);
	chain.checked.n_tracers = 3;
	assert_refused(&chain, "does more than to trace");
	layout_done(&chain.layout);
}

static void what_a_traced_policy_returns_is_final(void **state)
{
	static const char elsewhere[] = "must go elsewhere";
	static const char more[] = "does something that the chain does not ask for";
	struct traced_policy test;
	const struct bpf_insn *instructions;
	size_t call, end;

	(void)state;
	trace_policy(&test, &trace_plan);
	instructions = test.policy.layout.instructions;
	call = test.component.call;
	end = test.traces[1].end;
	/* Before the call the context goes to r1, and after the last trace the verdict to r0. */
	assert_int_equal(instructions[call - 1].dst_reg, BPF_REG_1);
	assert_int_equal(instructions[end].code, BPF_LDX | BPF_MEM | BPF_W);
	refuse_at(&test, call - 1, set(BPF_REG_1, 0), "runs a component without the context");
	refuse_at(&test, call, call_function(test.policy.layout.positions[0][2] - call - 1), more);
	refuse_at(&test, call, set(BPF_REG_0, VERDICT_PASS), "");
	refuse_at(&test, call + 1, jump(test.traces[1].from - call - 2), "");
	refuse_at(&test, end, set(BPF_REG_0, VERDICT_PASS), elsewhere);
	refuse_at(&test, end, load(BPF_W, BPF_REG_0, BPF_REG_10, -4), elsewhere);
	traced_policy_done(&test);
}

static void claims_about_a_traced_policy_are_not_believed(void **state)
{
	struct traced_policy test;

	(void)state;
	trace_policy(&test, &trace_plan);
	test.component.main++;
	assert_policy_refused(&test, "is not where the policy begins");
	test.component.main--;
	test.component.inlined = true;
	assert_policy_refused(&test, "is not where the policy begins");
	test.component.inlined = false;
	test.component.call++;
	assert_policy_refused(&test, "");
	test.component.call--;
	test.component.proceed = VERDICT_BIT(VERDICT_DROP);
	assert_policy_refused(&test, "must go elsewhere");
	test.component.proceed = 0;
	test.component.n_parts = 1;
	assert_policy_refused(&test, "belongs to no component");
	test.component.n_parts = 2;
	test.policy.layout.positions[1][0] = test.traces[1].from;
	assert_policy_refused(&test, "");
	traced_policy_done(&test);
}

/* Verifiers must not believe that the policy returns what it returns if the tail call fails. */
static void the_verdict_of_a_traced_policy_with_tail_calls_is_hidden(void **state)
{
	static const struct bpf_insn tail_call = { .code = BPF_JMP | BPF_CALL,
						   .imm = BPF_FUNC_tail_call };
	struct bpf_insn code[array_size(caller_code)];
	cleanup(error_done) struct error error = {};
	struct traced_policy test;
	size_t at;

	(void)state;
	memcpy(code, caller_code, sizeof(code));
	test.wrapper = (struct layout){};
	set_up(&test.policy, 1, 2);
	at = test.policy.layout.positions[1][2];
	code[caller_functions[2].insn_off] = test.policy.layout.instructions[at] = tail_call;
	test.policy.parts[1].code.instructions = code;
	trace_laid_out(&test, &trace_plan);
	assert_int_equal(check_chain(&test.checked, &error), 0);
	traced_policy_done(&test);

	trace_policy(&test, &trace_plan);
	at = test.policy.layout.positions[1][2];
	test.policy.layout.instructions[at] = tail_call;
	test.policy.parts[1].code.instructions = code;
	assert_policy_refused(&test, "does something that the chain does not ask for");
	traced_policy_done(&test);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_traced_chain_passes),
		cmocka_unit_test(an_empty_traced_chain_passes),
		cmocka_unit_test(a_trace_that_does_more_is_refused),
		cmocka_unit_test(a_trace_writes_only_to_its_own_buffers),
		cmocka_unit_test(what_a_trace_has_saved_is_not_guessed),
		cmocka_unit_test(claims_about_traces_are_not_believed),
		cmocka_unit_test(every_way_to_join_and_to_proceed_passes),
		cmocka_unit_test(a_program_to_tail_call_is_jumped_to),
		cmocka_unit_test(what_follows_a_component_that_never_proceeds_passes),
		cmocka_unit_test(the_sentence_names_the_component_and_the_instruction),
		cmocka_unit_test(the_program_of_another_chain_is_refused),
		cmocka_unit_test(an_instruction_too_many_is_refused),
		cmocka_unit_test(values_that_are_never_read_are_refused),
		cmocka_unit_test(the_context_must_survive_inlined_components),
		cmocka_unit_test(a_register_that_a_component_uses_holds_no_context),
		cmocka_unit_test(the_verdict_of_a_tail_call_is_hidden_from_verifiers),
		cmocka_unit_test(references_outside_the_component_are_refused),
		cmocka_unit_test(calls_into_modules_mean_the_same_module_as_before),
		cmocka_unit_test(a_policy_calls_the_components_in_its_slots),
		cmocka_unit_test(a_component_calls_the_functions_that_the_policy_offers),
		cmocka_unit_test(an_offered_function_is_not_a_slot),
		cmocka_unit_test(a_traced_policy_passes),
		cmocka_unit_test(a_traced_policy_and_its_components_are_unchanged),
		cmocka_unit_test(a_traced_journey_through_a_policy_passes),
		cmocka_unit_test(a_wrapper_only_calls_its_component),
		cmocka_unit_test(claims_about_wrappers_are_not_believed),
		cmocka_unit_test(the_state_of_a_journey_is_in_a_map_of_the_tracers),
		cmocka_unit_test(samples_are_counted_in_a_map_of_the_tracers),
		cmocka_unit_test(a_traced_component_that_never_proceeds_passes),
		cmocka_unit_test(what_a_traced_policy_returns_is_final),
		cmocka_unit_test(claims_about_a_traced_policy_are_not_believed),
		cmocka_unit_test(the_verdict_of_a_traced_policy_with_tail_calls_is_hidden),
	};

	return cmocka_run_group_tests_name("check", tests, NULL, NULL);
}
