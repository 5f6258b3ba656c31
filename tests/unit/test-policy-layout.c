// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The layout of a policy and the components in its slots: which function is called from where. */
#include "daemon/kernel/component/entry-wrapper.h"
#include "daemon/linkers/fused/policy-layout.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

#define CODE_MAX 32

/* A program of functions that only call others, and return their own number. */
struct program {
	struct bpf_insn instructions[CODE_MAX];
	struct bpf_func_info functions[8];
	struct program_code code;
};

/* Begins a function with that id. */
static void begin(struct program *program, uint32_t id)
{
	program->functions[program->code.n_functions++] =
		(struct bpf_func_info){ program->code.n_instructions, id };
	program->code.instructions = program->instructions;
	program->code.functions = program->functions;
}

static void add(struct program *program, struct bpf_insn instruction)
{
	assert_true(program->code.n_instructions < CODE_MAX);
	program->instructions[program->code.n_instructions++] = instruction;
}

/* Adds a call of the function at instruction `target`. */
static void add_call(struct program *program, int target)
{
	add(program, call_function(target - (int)program->code.n_instructions - 1));
}

static void add_end(struct program *program, int result)
{
	add(program, set(BPF_REG_0, result));
	add(program, INSTRUCTION_EXIT);
}

/* Runs the function at that place; returns its number, and counts the calls. */
static int run(const struct policy_layout *layout, size_t at, int *ret_calls)
{
	int result = -1;

	for (;;) {
		const struct bpf_insn *now = &layout->instructions[at];

		assert_true(at < layout->n_instructions);
		if (is_exit(now))
			return result;
		if (is_constant_result(now))
			result = now->imm;
		if (is_function_call(now)) {
			result = run(layout, at + 1 + reach(now), ret_calls);
			++*ret_calls;
		}
		at += is_wide_load(now) ? 2 : 1;
	}
}

/* main() calls 2, which will be replaced, and 3, which calls 4; ids are 1 to 4. */
static void write_policy(struct program *policy)
{
	begin(policy, 1);
	add_call(policy, 5);
	add_call(policy, 7);
	add(policy, (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = 1 });
	add(policy, (struct bpf_insn){});
	add(policy, INSTRUCTION_EXIT);
	begin(policy, 2);
	add_end(policy, 20);
	begin(policy, 3);
	add_call(policy, 9);
	add(policy, INSTRUCTION_EXIT);
	begin(policy, 4);
	add_end(policy, 40);
}

static void without_fillings_nothing_changes(void **state)
{
	struct program policy = {};
	struct policy_layout layout;
	int calls = 0;

	(void)state;
	write_policy(&policy);
	assert_int_equal(policy_layout_init(&policy.code, NULL, 0, &layout), 0);
	assert_int_equal(layout.n_instructions, policy.code.n_instructions);
	assert_memory_equal(layout.instructions, policy.instructions,
			    layout.n_instructions * sizeof(*layout.instructions));
	assert_int_equal(layout.n_pieces, 4);
	assert_int_equal(run(&layout, 0, &calls), 40);
	assert_int_equal(calls, 3);
	policy_layout_done(&layout);
}

static void a_component_is_called_instead_of_its_placeholder(void **state)
{
	struct program policy = {}, component = {};
	struct filling filling = { &component.code, 4 };
	struct policy_layout layout;
	int calls = 0;

	(void)state;
	write_policy(&policy);
	begin(&component, 1);
	add_call(&component, 2);
	add(&component, INSTRUCTION_EXIT);
	begin(&component, 2);
	add_end(&component, 99);
	assert_int_equal(policy_layout_init(&policy.code, &filling, 1, &layout), 0);
	assert_int_equal(layout.n_instructions,
			 policy.code.n_instructions - 2 + component.code.n_instructions);
	assert_int_equal(layout.n_pieces, 5);
	assert_int_equal(layout.pieces[3].source, 1);
	assert_int_equal(layout.pieces[3].at, policy.code.n_instructions - 2);
	assert_int_equal(run(&layout, 0, &calls), 99);
	assert_int_equal(calls, 4); /* and the component's own function */
	policy_layout_done(&layout);
}

static void functions_that_are_no_longer_called_are_left_out(void **state)
{
	struct program policy = {}, component = {}, unreached = {};
	struct filling fillings[] = { { &unreached.code, 4 }, { &component.code, 3 } };
	struct policy_layout layout;
	int calls = 0;

	(void)state;
	write_policy(&policy);
	begin(&component, 1);
	add_end(&component, 77);
	begin(&unreached, 1);
	add_end(&unreached, 88);
	assert_int_equal(policy_layout_init(&policy.code, fillings, 2, &layout), 0);
	assert_int_equal(layout.n_pieces, 3);
	assert_int_equal(layout.pieces[2].source, 2);
	assert_int_equal(layout.n_instructions, 5 + 2 + 2);
	assert_int_equal(run(&layout, 0, &calls), 77);
	assert_int_equal(calls, 2);
	policy_layout_done(&layout);
}

static void one_component_can_fill_two_slots(void **state)
{
	struct program policy = {}, component = {};
	struct filling fillings[] = { { &component.code, 2 }, { &component.code, 3 } };
	struct policy_layout layout;
	int calls = 0;

	(void)state;
	write_policy(&policy);
	begin(&component, 1);
	add_end(&component, 55);
	assert_int_equal(policy_layout_init(&policy.code, fillings, 2, &layout), 0);
	assert_int_equal(layout.n_pieces, 3);
	assert_int_equal(run(&layout, 0, &calls), 55);
	policy_layout_done(&layout);
}

/* The component's function at 3 stands for the policy's function 4, and lies between two of its own. */
static void a_component_calls_functions_of_the_policy(void **state)
{
	static const size_t offers[] = { OFFER_NONE, 3, OFFER_NONE };
	struct program policy = {}, component = {};
	struct filling filling = { &component.code, 2, offers };
	struct policy_layout layout;
	int calls = 0;

	(void)state;
	write_policy(&policy);
	begin(&component, 1);
	add_call(&component, 5);
	add_call(&component, 3);
	add(&component, INSTRUCTION_EXIT);
	begin(&component, 2);
	add_end(&component, -1);
	begin(&component, 3);
	add_end(&component, 66);
	assert_int_equal(policy_layout_init(&policy.code, &filling, 1, &layout), 0);
	assert_int_equal(layout.n_pieces, 3 + 2);
	assert_int_equal(layout.n_instructions,
			 policy.code.n_instructions - 2 + component.code.n_instructions - 2);
	assert_int_equal(layout.positions[1][1], layout.positions[0][3]);
	assert_int_equal(run(&layout, layout.positions[0][1], &calls), 40);
	assert_int_equal(calls, 2);
	policy_layout_done(&layout);
}

/* The policy calls the function only from a slot's placeholder, which the component replaces. */
static void a_function_that_only_a_component_calls_stays(void **state)
{
	static const size_t offers[] = { OFFER_NONE, 3 };
	struct program policy = {}, component = {};
	struct filling filling = { &component.code, 3, offers };
	struct policy_layout layout;
	int calls = 0;

	(void)state;
	write_policy(&policy);
	begin(&component, 1);
	add_call(&component, 2);
	add(&component, INSTRUCTION_EXIT);
	begin(&component, 2);
	add_end(&component, -1);
	assert_int_equal(policy_layout_init(&policy.code, &filling, 1, &layout), 0);
	assert_int_equal(run(&layout, 0, &calls), 40);
	policy_layout_done(&layout);
}

static void calls_to_nowhere_are_refused(void **state)
{
	struct program policy = {};
	struct policy_layout layout;

	(void)state;
	begin(&policy, 1);
	add_call(&policy, 4); /* into the middle of the other function */
	add(&policy, INSTRUCTION_EXIT);
	begin(&policy, 2);
	add_end(&policy, 1);
	add_end(&policy, 1);
	assert_int_equal(policy_layout_init(&policy.code, NULL, 0, &layout), -EINVAL);
}

static void a_caller_hands_the_context_where_it_is_wanted(void **state)
{
	struct program function = {};
	struct bpf_line_info line = { .line_col = 7 };
	struct arguments arguments = { .count = 3, .context = 2 };
	struct entry_wrapper wrapper;
	struct bpf_insn expected[] = {
		move(BPF_REG_3, BPF_REG_1), set(BPF_REG_1, 0), set(BPF_REG_2, 0),
		call_function(1),	    INSTRUCTION_EXIT,
	};

	(void)state;
	begin(&function, 9);
	add_end(&function, 1);
	function.code.n_lines = 1;
	function.code.lines = &line;
	assert_int_equal(entry_wrapper_init(&function.code, &arguments, &wrapper), 0);
	assert_int_equal(wrapper.n_instructions, 5 + 2);
	assert_memory_equal(wrapper.instructions, expected, sizeof(expected));
	assert_memory_equal(wrapper.instructions + 5, function.instructions,
			    2 * sizeof(struct bpf_insn));
	assert_int_equal(wrapper.n_functions, 2);
	assert_int_equal(wrapper.functions[0].insn_off, 0);
	assert_int_equal(wrapper.functions[1].insn_off, 5);
	assert_int_equal(wrapper.functions[1].type_id, 9);
	assert_int_equal(wrapper.n_lines, 2);
	assert_int_equal(wrapper.lines[1].insn_off, 5);
	entry_wrapper_done(&wrapper);
}

static void a_caller_of_numbers_alone_hands_no_context(void **state)
{
	struct program function = {};
	struct arguments arguments = { .count = 1, .context = -1 };
	struct entry_wrapper wrapper;

	(void)state;
	begin(&function, 9);
	add_end(&function, 1);
	assert_int_equal(entry_wrapper_init(&function.code, &arguments, &wrapper), 0);
	assert_int_equal(wrapper.n_instructions, 3 + 2);
	assert_true(is_function_call(&wrapper.instructions[1]));
	entry_wrapper_done(&wrapper);
}

/* The author of an object can declare any number of arguments: BTF has room for 65,535. */
static void more_arguments_than_registers_are_refused(void **state)
{
	static const struct arguments rows[] = { { 6, 0 }, { 65535, -1 }, { 65535, 65534 } };
	struct program function = {};
	struct entry_wrapper wrapper;

	(void)state;
	begin(&function, 9);
	add_end(&function, 1);
	for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++)
		assert_int_equal(entry_wrapper_init(&function.code, &rows[i], &wrapper), -EINVAL);
	assert_int_equal(
		entry_wrapper_init(&function.code, &(const struct arguments){ 5, 4 }, &wrapper), 0);
	assert_int_equal(wrapper.n_instructions, 1 + 4 + 2 + 2);
	entry_wrapper_done(&wrapper);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_fillings_nothing_changes),
		cmocka_unit_test(a_component_is_called_instead_of_its_placeholder),
		cmocka_unit_test(functions_that_are_no_longer_called_are_left_out),
		cmocka_unit_test(one_component_can_fill_two_slots),
		cmocka_unit_test(a_component_calls_functions_of_the_policy),
		cmocka_unit_test(a_function_that_only_a_component_calls_stays),
		cmocka_unit_test(calls_to_nowhere_are_refused),
		cmocka_unit_test(a_caller_hands_the_context_where_it_is_wanted),
		cmocka_unit_test(a_caller_of_numbers_alone_hands_no_context),
		cmocka_unit_test(more_arguments_than_registers_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
