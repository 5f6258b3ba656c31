// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Packet filters of clients; tests/differential/filter.c compares what they decide. */
#include "base/cleanup.h"
#include "daemon/linkers/codegen/filter.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdlib.h>

#define FILTER(...) ((struct sock_filter[]){ __VA_ARGS__ })
#define RETURN                           \
	{                                \
		BPF_RET | BPF_K, 0, 0, 1 \
	}

static const struct filter_place place = { .context_register = BPF_REG_6,
					   .stack_offset = -FILTER_STACK_SIZE };

#define refused(filter, sentence) \
	is_refused(array_size(filter), filter, "invalid filter: " sentence)

static void is_refused(size_t n, const struct sock_filter *filter, const char *sentence)
{
	cleanup(error_done) struct error error = {};
	struct filter_code code;

	assert_int_equal(filter_translate(n, filter, &place, &code, &error), -EINVAL);
	assert_int_equal(error.id, ERROR_INVALID_ARGUMENT);
	assert_string_equal(error.message, sentence);
}

static void translate(size_t n, const struct sock_filter *filter, struct filter_code *ret)
{
	assert_int_equal(filter_translate(n, filter, &place, ret, NULL), 0);
}

static void filters_that_do_not_end_are_refused(void **state)
{
	(void)state;
	is_refused(0, NULL, "invalid filter: it has no instructions");
	refused(FILTER({ BPF_LD | BPF_IMM }), "instruction 0 is the last one, but does not return");
	refused(FILTER({ BPF_JMP | BPF_JA, 0, 0, -1 }, RETURN),
		"instruction 0 jumps backward, as those of 'protochain' do; filters of XDP "
		"programs cannot have loops");
}

static void jumps_beyond_the_end_are_refused(void **state)
{
	(void)state;
	refused(FILTER({ BPF_JMP | BPF_JA, 0, 0, 1 }, RETURN),
		"instruction 0 jumps 1 instructions, beyond the end");
	refused(FILTER({ BPF_JMP | BPF_JEQ, 1, 0, 0 }, RETURN),
		"instruction 0 jumps 1 instructions, beyond the end");
	refused(FILTER({ BPF_JMP | BPF_JEQ | BPF_X, 0, 255, 0 }, RETURN),
		"instruction 0 jumps 255 instructions, beyond the end");
}

static void scratch_memory_is_written_before_it_is_read(void **state)
{
	cleanup(filter_code_done) struct filter_code code = {};

	(void)state;
	refused(FILTER({ BPF_LD | BPF_MEM, 0, 0, 3 }, RETURN),
		"instruction 0 reads word 3 of the scratch memory before it is written");
	refused(FILTER({ BPF_JMP | BPF_JEQ, 0, 1, 0 }, { BPF_ST, 0, 0, 3 },
		       { BPF_LDX | BPF_MEM, 0, 0, 3 }, RETURN),
		"instruction 2 reads word 3 of the scratch memory before it is written");
	refused(FILTER({ BPF_ST, 0, 0, 16 }, RETURN),
		"instruction 0 uses word 16 of the scratch memory, which has 16");
	translate(3, FILTER({ BPF_ST, 0, 0, 15 }, { BPF_LD | BPF_MEM, 0, 0, 15 }, RETURN), &code);
}

static void senseless_calculations_are_refused(void **state)
{
	(void)state;
	refused(FILTER({ BPF_ALU | BPF_DIV, 0, 0, 0 }, RETURN), "instruction 0 divides by zero");
	refused(FILTER({ BPF_ALU | BPF_MOD, 0, 0, 0 }, RETURN), "instruction 0 divides by zero");
	refused(FILTER({ BPF_ALU | BPF_LSH, 0, 0, 32 }, RETURN),
		"instruction 0 shifts by 32 bits; the maximum is 31");
}

static void unknown_instructions_are_refused(void **state)
{
	(void)state;
	refused(FILTER(RETURN, { 0xffff }, RETURN), "instruction 1 has the invalid opcode 0xffff");
	refused(FILTER({ BPF_LD | BPF_DW | BPF_IMM }, RETURN),
		"instruction 0 has the invalid opcode 0x18");
	refused(FILTER({ BPF_RET | BPF_X }), "instruction 0 has the invalid opcode 0xe");
}

static void loads_of_data_outside_the_packet_are_refused(void **state)
{
	(void)state;
	refused(FILTER({ BPF_LD | BPF_B | BPF_ABS, 0, 0, SKF_AD_OFF + SKF_AD_VLAN_TAG_PRESENT },
		       RETURN),
		"instruction 0 reads data that is not in the packet (offset -4048), which XDP "
		"programs do not have");
	refused(FILTER({ BPF_LD | BPF_W | BPF_ABS, 0, 0, SKF_NET_OFF }, RETURN),
		"instruction 0 reads data that is not in the packet (offset -1048576), which XDP "
		"programs do not have");
}

static void long_filters_are_refused(void **state)
{
	cleanup(freep) struct sock_filter *filter = calloc(FILTER_LENGTH_MAX + 1, sizeof(*filter));
	cleanup(filter_code_done) struct filter_code code = {};

	(void)state;
	for (size_t i = 0; i <= FILTER_LENGTH_MAX; i++)
		filter[i] = (struct sock_filter)RETURN;
	is_refused(FILTER_LENGTH_MAX + 1, filter,
		   "the filter has 513 instructions; the maximum is 512");
	translate(FILTER_LENGTH_MAX, filter, &code);
}

static bool is_return_of(const struct bpf_insn *instruction, int value)
{
	return is_constant_result(instruction) && instruction->imm == value;
}

/* The verifier refuses a program that has such instructions. */
static void unreachable_instructions_are_left_out(void **state)
{
	cleanup(filter_code_done) struct filter_code code = {};

	(void)state;
	translate(4,
		  FILTER({ BPF_JMP | BPF_JA, 0, 0, 1 }, { BPF_RET | BPF_K, 0, 0, 77 }, RETURN,
			 { BPF_RET | BPF_K, 0, 0, 77 }),
		  &code);
	for (size_t i = 0; i < code.n_instructions; i++)
		assert_false(is_return_of(&code.instructions[i], 77));
}

static void a_load_that_no_packet_has_ends_the_filter(void **state)
{
	cleanup(filter_code_done) struct filter_code code = {};

	(void)state;
	translate(2, FILTER({ BPF_LD | BPF_B | BPF_ABS, 0, 0, 65535 }, RETURN), &code);
	assert_true(is_return_of(&code.instructions[code.n_instructions - 1], 0));
	for (size_t i = 0; i < code.n_instructions; i++)
		assert_false(is_return_of(&code.instructions[i], 1));
}

static void the_length_comes_from_the_frame_if_it_is_there(void **state)
{
	struct filter_place with_length = place;
	cleanup(filter_code_done) struct filter_code code = {};
	bool is_loaded = false;

	(void)state;
	with_length.length_offset = -100;
	assert_int_equal(filter_translate(2, FILTER({ BPF_LD | BPF_LEN }, RETURN), &with_length,
					  &code, NULL),
			 0);
	for (size_t i = 0; i < code.n_instructions; i++)
		is_loaded |= code.instructions[i].code == (BPF_LDX | BPF_MEM | BPF_W) &&
			     code.instructions[i].src_reg == BPF_REG_10 &&
			     code.instructions[i].off == -100;
	assert_true(is_loaded);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(filters_that_do_not_end_are_refused),
		cmocka_unit_test(jumps_beyond_the_end_are_refused),
		cmocka_unit_test(scratch_memory_is_written_before_it_is_read),
		cmocka_unit_test(senseless_calculations_are_refused),
		cmocka_unit_test(unknown_instructions_are_refused),
		cmocka_unit_test(loads_of_data_outside_the_packet_are_refused),
		cmocka_unit_test(long_filters_are_refused),
		cmocka_unit_test(unreachable_instructions_are_left_out),
		cmocka_unit_test(a_load_that_no_packet_has_ends_the_filter),
		cmocka_unit_test(the_length_comes_from_the_frame_if_it_is_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
