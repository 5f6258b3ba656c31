// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which instructions and types an author may have who may not read memory of the kernel. */
#include "base/cleanup.h"
#include "broker/argument-tags.h"
#include "broker/program-check.h"
#include "object/instruction.h"
#include "tests/unit/test.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA	  33
#define POISON	  0xbad2310
#define ATOMIC	  (BPF_STX | BPF_ATOMIC | BPF_DW)
#define MEMSX	  0x80
#define LONG_JUMP (BPF_JMP32 | BPF_JA)

/* Handles of maps. */
enum { HASH = 1, OUTER, OF_ARENA };

static struct brokered maps[] = {
	{ .kind = BROKERED_MAP, .type = BPF_MAP_TYPE_HASH },
	{ .kind = BROKERED_MAP, .type = BPF_MAP_TYPE_HASH_OF_MAPS },
	{ .kind = BROKERED_MAP, .type = ARENA },
};

#define WIDE(to, kind, value)                                                                      \
	{ .code = BPF_LD | BPF_IMM | BPF_DW, .dst_reg = (to), .src_reg = (kind), .imm = (value) }, \
	{                                                                                          \
	}
#define CODE(...)	((const struct bpf_insn[]){ __VA_ARGS__ })
#define MAP(to, handle) WIDE(to, BPF_PSEUDO_MAP_FD, handle)
#define END		set(0, 2), INSTRUCTION_EXIT

/* What the check says about the instructions; NULL: it accepts them. To be freed. */
static char *check(const struct bpf_insn *instructions, size_t n_instructions)
{
	const struct broker broker = { .n_items = array_size(maps), .items = maps };
	cleanup(error_done) struct error error = {};
	int result = program_check(&broker, instructions, n_instructions, &error);

	assert_true(result == 0 || error.id == ERROR_NO_PERMISSION);
	return result == 0 ? NULL : steal(error.message);
}

#define CHECK(...) check(CODE(__VA_ARGS__), array_size(CODE(__VA_ARGS__)))

#define ACCEPT(...)                                            \
	do {                                                   \
		cleanup(freep) char *why = CHECK(__VA_ARGS__); \
                                                               \
		assert_null(why);                              \
	} while (0)

#define REFUSE(sentence, ...)                                     \
	do {                                                      \
		cleanup(freep) char *why = CHECK(__VA_ARGS__);    \
                                                                  \
		assert_string_equal(why ?: "accepted", sentence); \
	} while (0)

#define READS  "reads memory of the kernel at the address of a map"
#define STORES "stores the address of a map"

static void helpers_of_the_list_are_accepted(void **state)
{
	static const int listed[] = {
		BPF_FUNC_map_lookup_elem, BPF_FUNC_ktime_get_ns,
		BPF_FUNC_redirect_map,	  BPF_FUNC_fib_lookup,
		BPF_FUNC_xdp_load_bytes,  BPF_FUNC_tail_call,
		BPF_FUNC_timer_init,	  BPF_FUNC_tcp_raw_check_syncookie_ipv6
	};

	(void)state;
	for (size_t i = 0; i < array_size(listed); i++)
		ACCEPT(call_helper(listed[i]), END);
}

/* Each that gives away memory or typed values of the kernel, and each that does not exist. */
static void other_helpers_are_refused_by_name(void **state)
{
	(void)state;
	REFUSE("calls helper bpf_probe_read_kernel", call_helper(BPF_FUNC_probe_read_kernel), END);
	REFUSE("calls helper bpf_probe_read", call_helper(BPF_FUNC_probe_read), END);
	REFUSE("calls helper bpf_probe_read_user_str", call_helper(BPF_FUNC_probe_read_user_str),
	       END);
	REFUSE("calls helper bpf_get_current_task", call_helper(BPF_FUNC_get_current_task), END);
	REFUSE("calls helper bpf_get_current_task_btf", call_helper(BPF_FUNC_get_current_task_btf),
	       END);
	REFUSE("calls helper bpf_task_pt_regs", call_helper(BPF_FUNC_task_pt_regs), END);
	REFUSE("calls helper bpf_per_cpu_ptr", call_helper(BPF_FUNC_per_cpu_ptr), END);
	REFUSE("calls helper bpf_this_cpu_ptr", call_helper(BPF_FUNC_this_cpu_ptr), END);
	REFUSE("calls helper bpf_kptr_xchg", call_helper(BPF_FUNC_kptr_xchg), END);
	REFUSE("calls helper bpf_skc_to_tcp_sock", call_helper(BPF_FUNC_skc_to_tcp_sock), END);
	REFUSE("calls helper bpf_trace_printk", call_helper(BPF_FUNC_trace_printk), END);
	REFUSE("calls helper bpf_snprintf", call_helper(BPF_FUNC_snprintf), END);
	REFUSE("calls helper bpf_snprintf_btf", call_helper(BPF_FUNC_snprintf_btf), END);
	REFUSE("calls helper 0, which xdpd does not know", call_helper(0), END);
	REFUSE("calls helper 5000, which xdpd does not know", call_helper(5000), END);
	REFUSE("calls helper -1, which xdpd does not know", call_helper(-1), END);
}

/* The verifier knows what is not reached, and this check does not. */
static void a_refused_call_is_refused_wherever_it_is(void **state)
{
	(void)state;
	REFUSE("calls helper bpf_probe_read_kernel", END, call_helper(BPF_FUNC_probe_read_kernel));
	REFUSE("calls helper bpf_probe_read_kernel", call_function(2), END,
	       call_helper(BPF_FUNC_probe_read_kernel), END);
}

static void calls_that_libbpf_made_impossible_are_accepted(void **state)
{
	(void)state;
	ACCEPT(call_helper(POISON), call_helper(2001000000), call_helper(2002000007), END);
	REFUSE("calls helper 2003000000, which xdpd does not know", call_helper(2003000000), END);
	REFUSE("calls helper 195896079, which xdpd does not know", call_helper(POISON - 1), END);
}

static struct bpf_insn call_kernel(int function, int module)
{
	return (struct bpf_insn){ .code = BPF_JMP | BPF_CALL,
				  .src_reg = BPF_PSEUDO_KFUNC_CALL,
				  .off = module,
				  .imm = function };
}

static void kernel_functions_are_refused_except_those_that_ask_a_device(void **state)
{
	struct btf *vmlinux = btf__parse("/sys/kernel/btf/vmlinux", NULL);
	int hash = btf__find_by_name_kind(vmlinux, "bpf_xdp_metadata_rx_hash", BTF_KIND_FUNC);
	int throw = btf__find_by_name_kind(vmlinux, "bpf_throw", BTF_KIND_FUNC);
	int structure = btf__find_by_name_kind(vmlinux, "task_struct", BTF_KIND_STRUCT);

	(void)state;
	REFUSE("calls a function of a kernel module", call_kernel(1, 1), END);
	REFUSE("calls an unknown kernel function", call_kernel(0, 0), END);
	REFUSE("calls an unknown kernel function", call_kernel(INT32_MAX, 0), END);
	btf__free(vmlinux);
	if (hash < 0 || throw < 0 || structure < 0)
		skip();
	ACCEPT(call_kernel(hash, 0), END);
	ACCEPT(WIDE(1, BPF_PSEUDO_BTF_ID, hash), END);
	REFUSE("uses a variable or a function of the kernel",
	       { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID, .imm = hash },
	       { .imm = 1 }, END);
	REFUSE("uses a variable or a function of the kernel", WIDE(1, BPF_PSEUDO_BTF_ID, throw),
	       END);
	REFUSE("calls a function of a kernel module", call_kernel(hash, 1), END);
	REFUSE("calls kernel function bpf_throw", call_kernel(throw, 0), END);
	REFUSE("calls an unknown kernel function", call_kernel(structure, 0), END);
}

static void addresses_are_of_the_programs_own_memory(void **state)
{
	(void)state;
	ACCEPT(WIDE(1, 0, 7), WIDE(1, BPF_PSEUDO_MAP_VALUE, HASH), MAP(2, OUTER), END);
	REFUSE("uses a variable or a function of the kernel", WIDE(1, BPF_PSEUDO_BTF_ID, 1), END);
	REFUSE("has an address that xdpd does not know (kind 9)", WIDE(1, 9, 1), END);
	REFUSE("ends in the middle of an instruction", set(0, 2),
	       { .code = BPF_LD | BPF_IMM | BPF_DW, .src_reg = BPF_PSEUDO_BTF_ID });
	REFUSE("uses a map of type 33", MAP(1, OF_ARENA), END);
	REFUSE("uses a map of type 33", WIDE(1, BPF_PSEUDO_MAP_VALUE, OF_ARENA), END);
	REFUSE("has a call that xdpd does not know (kind 3)",
	       (struct bpf_insn){ .code = BPF_JMP | BPF_CALL, .src_reg = 3 }, END);
}

static void addresses_of_maps_are_for_calls(void **state)
{
	(void)state;
	ACCEPT(MAP(6, HASH), move(1, 6), call_helper(BPF_FUNC_map_lookup_elem),
	       load(BPF_DW, 1, 0, 0), move(1, 6), call_helper(BPF_FUNC_map_lookup_elem), END);
	REFUSE(READS, MAP(1, HASH), load(BPF_DW, 0, 1, 16), END);
	REFUSE(READS, MAP(1, HASH), move(6, 1), move32(7, 6), load(BPF_B, 0, 7, 0), END);
	REFUSE(READS, MAP(1, HASH), set(2, 0), calculate_from(BPF_ADD, 2, 1), load(BPF_W, 0, 2, 0),
	       END);
	REFUSE(READS, MAP(1, HASH), calculate(BPF_ADD, 1, 8), load(BPF_W, 0, 1, 0), END);
	REFUSE(READS, MAP(1, HASH),
	       (struct bpf_insn){ .code = BPF_LDX | MEMSX | BPF_W, .dst_reg = 0, .src_reg = 1 },
	       END);
	/* Known only on one of two ways to the instruction, and only in the second round of a loop. */
	REFUSE(READS, move(2, 10), jump_if(BPF_JEQ, 1, 0, 2), MAP(2, HASH), load(BPF_DW, 0, 2, -8),
	       END);
	REFUSE(READS, move(2, 10), load(BPF_DW, 0, 2, -8), MAP(2, HASH), jump_if(BPF_JEQ, 0, 1, -4),
	       END);
	REFUSE(READS, MAP(1, HASH), (struct bpf_insn){ .code = LONG_JUMP, .imm = 1 }, set(1, 0),
	       load(BPF_DW, 0, 1, 0), END);
	/* Overwritten in between. */
	ACCEPT(MAP(1, HASH), move(1, 10), load(BPF_DW, 0, 1, -8), END);
	ACCEPT(MAP(1, HASH), WIDE(1, 0, 5), load(BPF_DW, 0, 1, 0), END);
	ACCEPT(MAP(0, HASH), call_helper(BPF_FUNC_ktime_get_ns), load(BPF_DW, 0, 0, 0), END);
}

/* Out of memory, it would come back unnoticed. */
static void addresses_of_maps_are_not_stored(void **state)
{
	(void)state;
	REFUSE(STORES, MAP(1, HASH), store(BPF_DW, 10, -8, 1), END);
	REFUSE(STORES, MAP(1, HASH), store(BPF_W, 0, 0, 1), END);
	REFUSE(STORES, MAP(1, HASH),
	       (struct bpf_insn){
		       .code = ATOMIC, .dst_reg = 10, .src_reg = 1, .off = -8, .imm = BPF_XCHG },
	       END);
	REFUSE("uses memory of the kernel at the address of a map", MAP(1, HASH),
	       (struct bpf_insn){ .code = ATOMIC, .dst_reg = 1, .src_reg = 2 }, END);
	REFUSE("uses memory of the kernel at the address of a map", MAP(1, HASH),
	       store_value(BPF_DW, 1, 0, 0), END);
}

static void maps_in_maps_are_maps(void **state)
{
	(void)state;
	REFUSE(READS, MAP(1, OUTER), call_helper(BPF_FUNC_map_lookup_elem), load(BPF_DW, 1, 0, 0),
	       END);
	ACCEPT(MAP(1, OUTER), call_helper(BPF_FUNC_map_lookup_elem), move(1, 0),
	       call_helper(BPF_FUNC_map_lookup_elem), load(BPF_DW, 1, 0, 0), END);
	ACCEPT(MAP(1, HASH), MAP(2, OUTER), call_helper(BPF_FUNC_map_lookup_elem),
	       load(BPF_DW, 1, 0, 0), END);
}

static void addresses_of_maps_are_followed_into_functions_and_back(void **state)
{
	(void)state;
	REFUSE(READS, MAP(3, HASH), call_function(2), END, load(BPF_DW, 0, 3, 0), INSTRUCTION_EXIT);
	ACCEPT(MAP(3, HASH), set(3, 0), call_function(2), END, load(BPF_DW, 0, 3, 0),
	       INSTRUCTION_EXIT);
	/* Returned, also by the function that is further back; what the caller keeps is not the callee's. */
	REFUSE(READS, call_function(3), load(BPF_DW, 1, 0, 0), END, MAP(0, HASH), INSTRUCTION_EXIT);
	REFUSE(READS, jump(3), MAP(0, HASH), INSTRUCTION_EXIT, call_function(-4),
	       load(BPF_DW, 1, 0, 0), END);
	ACCEPT(MAP(6, HASH), call_function(2), END, load(BPF_DW, 0, 6, 0), INSTRUCTION_EXIT);
	REFUSE(READS, MAP(6, HASH), call_function(3), load(BPF_DW, 0, 6, 0), END, END);
}

static void callbacks_get_the_address_of_the_map(void **state)
{
	(void)state;
	REFUSE(READS, WIDE(2, BPF_PSEUDO_FUNC, 4), call_helper(BPF_FUNC_for_each_map_elem), END,
	       load(BPF_DW, 0, 1, 0), END);
	REFUSE(READS, WIDE(2, BPF_PSEUDO_FUNC, 4), call_helper(BPF_FUNC_timer_set_callback), END,
	       load(BPF_DW, 0, 1, 0), END);
	ACCEPT(WIDE(2, BPF_PSEUDO_FUNC, 4), call_helper(BPF_FUNC_loop), END, store(BPF_DW, 2, 0, 1),
	       END);
	REFUSE(STORES, WIDE(2, BPF_PSEUDO_FUNC, 4), call_helper(BPF_FUNC_loop), END, MAP(1, HASH),
	       store(BPF_DW, 2, 0, 1), END);
}

static void instructions_that_cannot_be_followed_are_refused(void **state)
{
	static const unsigned char unknown[] = {
		BPF_LD | BPF_ABS | BPF_W, BPF_LD | BPF_IND | BPF_B,   BPF_LD | BPF_IMM | BPF_W,
		BPF_LDX | BPF_ATOMIC,	  BPF_LDX | BPF_IND,	      BPF_ST | BPF_ATOMIC,
		BPF_STX | MEMSX,	  BPF_JMP | BPF_JA | BPF_X,   BPF_JMP | 0xf0,
		BPF_JMP32 | BPF_CALL,	  BPF_JMP | BPF_CALL | BPF_X, BPF_JMP32 | BPF_EXIT,
		BPF_JMP32 | 0xe0,	  BPF_ALU64 | 0xe0,	      BPF_ALU | 0xf0,
	};

	(void)state;
	for (size_t i = 0; i < array_size(unknown); i++) {
		const struct bpf_insn instruction = { .code = unknown[i] };
		char sentence[100];

		snprintf(sentence, sizeof(sentence),
			 "has an instruction that xdpd does not know (number 0, code 0x%02x)",
			 unknown[i]);
		REFUSE(sentence, instruction, END);
	}
	ACCEPT((struct bpf_insn){ .code = BPF_JMP | 0xe0, .off = 0 }, END);
	REFUSE("jumps out of the program", jump(-2), END);
	REFUSE("jumps out of the program", jump(2), END);
	REFUSE("jumps out of the program", call_function(INT32_MIN), END);
	REFUSE("jumps out of the program", set(0, 2));
	REFUSE("jumps out of the program", WIDE(1, BPF_PSEUDO_FUNC, INT32_MAX), END);
	REFUSE("has an instruction that xdpd does not know (number 2, code 0x00)", jump(1),
	       WIDE(1, 0, 1), END);
}

/* Every instruction is followed a bounded number of times, whatever the order in which addresses arrive. */
static void the_largest_program_takes_little_time(void **state)
{
	const struct broker broker = { .n_items = array_size(maps), .items = maps };
	const size_t count = 1000000;
	cleanup(freep) struct bpf_insn *code = calloc(count, sizeof(*code));

	(void)state;
	assert_non_null(code);
	for (size_t i = 0; i < count; i++)
		code[i] = i % 2 ? jump_if(BPF_JEQ, 1, 0, -2) : move(i / 2 % 9 + 1, i / 2 % 9);
	code[0] = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
				     .src_reg = BPF_PSEUDO_MAP_FD,
				     .imm = HASH };
	code[1] = (struct bpf_insn){};
	code[3].off = code[5].off = 0;
	code[count - 1] = INSTRUCTION_EXIT;
	assert_int_equal(program_check(&broker, code, count, NULL), 0);
}

#define RANDOM_LENGTH 24
#define DEPTH_MAX     8

/* Few registers, so that addresses meet. */
static int random_register(void)
{
	static const int registers[] = { 0, 1, 1, 2, 3, 6, 7 };

	return registers[rand() % array_size(registers)];
}

/* Returns the number of places that it takes. */
static int make_instruction(struct bpf_insn *ret, int at)
{
	static const int called[] = { BPF_FUNC_map_lookup_elem, BPF_FUNC_map_lookup_elem,
				      BPF_FUNC_ktime_get_ns, BPF_FUNC_for_each_map_elem };
	int to = random_register(), from = random_register();
	int offset = rand() % RANDOM_LENGTH - at - 1;

	switch (at < RANDOM_LENGTH - 2 ? rand() % 12 : 11) {
	case 0:
	case 1:
		ret[0] = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					    .dst_reg = to,
					    .src_reg = BPF_PSEUDO_MAP_FD,
					    .imm = rand() % 2 ? HASH : OUTER };
		ret[1] = (struct bpf_insn){};
		return 2;
	case 2:
		ret[0] = (struct bpf_insn){ .code = BPF_LD | BPF_IMM | BPF_DW,
					    .dst_reg = to,
					    .src_reg = BPF_PSEUDO_FUNC,
					    .imm = offset };
		ret[1] = (struct bpf_insn){};
		return 2;
	case 3:
		ret[0] = move(to, from);
		break;
	case 4:
		ret[0] = calculate_from(BPF_ADD, to, from);
		break;
	case 5:
		ret[0] = set(to, 0);
		break;
	case 6:
		ret[0] = rand() % 4 ? load(BPF_DW, to, from, 0) : store(BPF_DW, to, 0, from);
		break;
	case 7:
		ret[0] = jump_if(BPF_JEQ, to, 0, offset);
		break;
	case 8:
		ret[0] = rand() % 4 ? call_function(offset) : jump(offset);
		break;
	case 9:
	case 10:
		ret[0] = call_helper(called[rand() % array_size(called)]);
		break;
	default:
		ret[0] = INSTRUCTION_EXIT;
	}
	return 1;
}

/* What the registers really hold on one way through the program. */
struct run {
	const struct bpf_insn *code;
	bool map[11], outer[11];
	int callback; /* the last function whose address was loaded; -1: none */
	int depth, steps;
};

static bool run_at(struct run *run, int at);

/* The caller gets what it keeps again. Does the function use the address of a map for anything but calls? */
static bool run_function(struct run *run, int at)
{
	struct run callee = *run;
	bool is_bad;

	callee.map[0] = callee.outer[0] = false;
	memset(&callee.map[6], 0, 4 * sizeof(callee.map[0]));
	memset(&callee.outer[6], 0, 4 * sizeof(callee.outer[0]));
	callee.depth++;
	is_bad = callee.depth < DEPTH_MAX && callee.code[at].code && run_at(&callee, at);
	run->steps = callee.steps;
	run->map[0] = callee.map[0];
	run->outer[0] = callee.outer[0];
	return is_bad;
}

static bool run_call(struct run *run, int at)
{
	const struct bpf_insn *call = &run->code[at];
	bool finds_map = call->imm == BPF_FUNC_map_lookup_elem && run->outer[1], is_bad = false;

	if (call->src_reg == BPF_PSEUDO_CALL) {
		is_bad = run_function(run, at + 1 + call->imm);
	} else {
		if (call->imm == BPF_FUNC_for_each_map_elem && run->callback >= 0) {
			memset(&run->map[0], 0, 6 * sizeof(run->map[0]));
			memset(&run->outer[0], 0, 6 * sizeof(run->outer[0]));
			run->map[1] = true;
			is_bad = run_function(run, run->callback);
		}
		run->map[0] = finds_map;
		run->outer[0] = false;
	}
	memset(&run->map[1], 0, 5 * sizeof(run->map[0]));
	memset(&run->outer[1], 0, 5 * sizeof(run->outer[0]));
	return is_bad;
}

static void hold(struct run *run, int to, bool map, bool outer)
{
	run->map[to] = map;
	run->outer[to] = outer;
}

static bool run_at(struct run *run, int at)
{
	while (at < RANDOM_LENGTH && ++run->steps < 100) {
		const struct bpf_insn *now = &run->code[at];
		int to = now->dst_reg, from = now->src_reg;

		if (is_exit(now) || !now->code)
			return false;
		if (is_wide_load(now)) {
			if (from == BPF_PSEUDO_FUNC)
				run->callback = at + 1 + now->imm;
			hold(run, to, from == BPF_PSEUDO_MAP_FD,
			     now->imm == OUTER && from == BPF_PSEUDO_MAP_FD);
			at++;
		} else if (is_call(now)) {
			if (run_call(run, at))
				return true;
		} else if (BPF_CLASS(now->code) == BPF_LDX) {
			if (run->map[from])
				return true;
			hold(run, to, false, false);
		} else if (BPF_CLASS(now->code) == BPF_STX) {
			if (run->map[from] || run->map[to])
				return true;
		} else if (BPF_CLASS(now->code) == BPF_ALU64) {
			bool adds = BPF_OP(now->code) == BPF_ADD,
			     copies = BPF_SRC(now->code) == BPF_X;

			hold(run, to, (adds && run->map[to]) || (copies && run->map[from]),
			     (adds && run->outer[to]) || (copies && run->outer[from]));
		} else if (BPF_OP(now->code) == BPF_JA || rand() % 2) {
			at += now->off;
		}
		at++;
	}
	return false;
}

/* Whatever is accepted keeps the rule on every way through the program that was tried. */
static void accepted_programs_keep_the_rule(void **state)
{
	size_t n_accepted = 0, n_refused = 0;

	(void)state;
	srand(1);
	for (size_t i = 0; i < 50000; i++) {
		struct bpf_insn code[RANDOM_LENGTH];
		cleanup(freep) char *why = NULL;

		for (int at = 0; at < RANDOM_LENGTH;)
			at += make_instruction(&code[at], at);
		why = check(code, RANDOM_LENGTH);
		n_refused += why && (!strcmp(why, READS) || !strcmp(why, STORES));
		n_accepted += !why;
		for (int way = 0; !why && way < 5; way++)
			assert_false(run_at(&(struct run){ .code = code, .callback = -1 }, 0));
	}
	assert_true(n_accepted > 10000 && n_refused > 1000);
}

/* One function with an argument, and that tag on it. */
static struct btf *tagged(const char *tag)
{
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), prototype, function;

	btf__add_ptr(btf, number);
	prototype = btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "argument", 2);
	function = btf__add_func(btf, "look", BTF_FUNC_GLOBAL, prototype);
	btf__add_struct(btf, "members", 4);
	btf__add_field(btf, "one", number, 0, 0);
	btf__add_enum64(btf, "wide", 8, false);
	btf__add_enum64_value(btf, "value", 1);
	assert_true(btf__add_decl_tag(btf, tag, function, 0) > 0);
	return btf;
}

static void only_harmless_tags_of_arguments_are_accepted(void **state)
{
	static const struct {
		const char *tag, *sentence;
	} cases[] = {
		{ "arg:ctx", NULL },
		{ "arg:nonnull", NULL },
		{ "arg:nullable", NULL },
		{ "other", NULL },
		{ "an arg:untrusted", NULL },
		{ "arg:untrusted",
		  "has a function with an argument that is tagged 'arg:untrusted'" },
		{ "arg:trusted", "has a function with an argument that is tagged 'arg:trusted'" },
		{ "arg:arena", "has a function with an argument that is tagged 'arg:arena'" },
		{ "arg:", "has a function with an argument that is tagged 'arg:'" },
		{ "arg:ctx2", "has a function with an argument that is tagged 'arg:ctx2'" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		struct btf *btf = tagged(cases[i].tag);
		cleanup(error_done) struct error error = {};
		uint32_t size;
		const void *types = btf__raw_data(btf, &size);
		int result = argument_tags_check(types, size, &error);

		assert_int_equal(result, cases[i].sentence ? -EPERM : 0);
		assert_string_equal(error.message ?: "accepted", cases[i].sentence ?: "accepted");
		btf__free(btf);
	}
}

static void types_that_are_cut_off_or_unknown_are_refused(void **state)
{
	struct btf *btf = tagged("arg:ctx");
	uint32_t size;
	const void *types = btf__raw_data(btf, &size);
	struct btf_header header;

	(void)state;
	memcpy(&header, types, sizeof(header));
	for (uint32_t length = 0; length < size; length++) {
		cleanup(freep) void *part = malloc(length + 1);

		assert_non_null(part);
		memcpy(part, types, length);
		assert_int_equal(argument_tags_check(part, length, NULL), -EPERM);
	}
	for (uint32_t at = 0; at < size; at++) {
		cleanup(freep) unsigned char *changed = malloc(size);

		assert_non_null(changed);
		memcpy(changed, types, size);
		changed[at] ^= 0xff;
		argument_tags_check(changed, size, NULL); /* with the sanitizers */
		memcpy(changed, types, size);
		changed[header.hdr_len + 7] = 0x1f; /* the kind of the first type */
		assert_int_equal(argument_tags_check(changed, size, NULL), -EPERM);
	}
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(helpers_of_the_list_are_accepted),
		cmocka_unit_test(other_helpers_are_refused_by_name),
		cmocka_unit_test(a_refused_call_is_refused_wherever_it_is),
		cmocka_unit_test(calls_that_libbpf_made_impossible_are_accepted),
		cmocka_unit_test(kernel_functions_are_refused_except_those_that_ask_a_device),
		cmocka_unit_test(addresses_are_of_the_programs_own_memory),
		cmocka_unit_test(addresses_of_maps_are_for_calls),
		cmocka_unit_test(addresses_of_maps_are_not_stored),
		cmocka_unit_test(maps_in_maps_are_maps),
		cmocka_unit_test(addresses_of_maps_are_followed_into_functions_and_back),
		cmocka_unit_test(callbacks_get_the_address_of_the_map),
		cmocka_unit_test(instructions_that_cannot_be_followed_are_refused),
		cmocka_unit_test(the_largest_program_takes_little_time),
		cmocka_unit_test(accepted_programs_keep_the_rule),
		cmocka_unit_test(only_harmless_tags_of_arguments_are_accepted),
		cmocka_unit_test(types_that_are_cut_off_or_unknown_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
