// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Calls of a parser that an object has taken over: the daemon checks each field, and gives away nothing of its own. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/kernel/component/load-chosen.h"
#include "sandbox/calls.h"
#include "tests/unit/test.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

/* The result of a call that the daemon does not answer, because it ends the conversation. */
#define NO_ANSWER -EPROTO

struct world {
	struct component_broker broker;
	int daemon, parser;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));
	int ends[2];

	assert_non_null(world);
	world->broker.calls.load_chosen = load_chosen;
	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, ends), errno);
	world->daemon = ends[0];
	world->parser = ends[1];
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	component_broker_done(&world->broker);
	closep(&world->daemon);
	closep(&world->parser);
	free(world);
	return 0;
}

/* Calls, and returns the result; the caller keeps the message. */
static int call(struct world *world, struct parcel *message)
{
	cleanup(parcel_done) struct parcel answer = {};
	int64_t patience = 1000;
	int result;

	assert_true(broker_is_call(message));
	message->at = 0;
	result = broker_answer(&world->broker.calls, world->daemon, message);
	if (result < 0)
		return result;
	assert_int_equal(parcel_receive(world->parser, SIZE_MAX, &patience, &answer), 0);
	assert_int_equal(answer.kind, REPLY);
	return parcel_get_u32(&answer);
}

static struct parcel with_number(enum call_kind kind, uint32_t number)
{
	struct parcel message = { .kind = kind };

	parcel_put_u32(&message, number);
	return message;
}

static int call_number(struct world *world, enum call_kind kind, uint32_t number)
{
	cleanup(parcel_done) struct parcel message = with_number(kind, number);

	return call(world, &message);
}

static const struct call_map_create an_array = {
	.type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 8, .max_entries = 1, .name = "one"
};

static struct parcel map_message(struct call_map_create map)
{
	struct parcel message = { .kind = CALL_MAP_CREATE };

	parcel_put(&message, &map, sizeof(map));
	return message;
}

static int create(struct world *world, struct call_map_create map)
{
	cleanup(parcel_done) struct parcel message = map_message(map);

	return call(world, &message);
}

static int create_type(struct world *world, uint32_t type, uint32_t value_size)
{
	struct call_map_create map = an_array;

	map.type = type;
	map.value_size = value_size;
	return create(world, map);
}

static struct parcel update_message(uint32_t map, uint32_t value_handle, size_t key_size,
				    size_t value_size)
{
	const struct call_map_update update = { .map = map, .value_handle = value_handle };
	struct parcel message = { .kind = CALL_MAP_UPDATE };
	char zeroes[64] = {};

	parcel_put(&message, &update, sizeof(update));
	parcel_put_blob(&message, zeroes, key_size);
	parcel_put_blob(&message, zeroes, value_size);
	return message;
}

static int update(struct world *world, uint32_t map, uint32_t value_handle, size_t key_size,
		  size_t value_size)
{
	cleanup(parcel_done) struct parcel message = update_message(map, value_handle, key_size,
								    value_size);

	return call(world, &message);
}

/* The parts of a call that loads a program. */
struct loaded {
	struct call_prog_load head;
	const void *instructions, *functions, *lines, *modules;
	size_t instructions_size, functions_size, lines_size, modules_size;
	const char *license;
};

static const struct bpf_insn pass[] = {
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2 },
	{ .code = BPF_JMP | BPF_EXIT },
};

static const struct loaded a_program = {
	.head = { .is_chosen = 1, .type = BPF_PROG_TYPE_XDP, .name = "fw" },
	.instructions = pass,
	.instructions_size = sizeof(pass),
	.license = "GPL",
};

static struct parcel program_message(const struct loaded *program)
{
	struct parcel message = { .kind = CALL_PROG_LOAD };

	parcel_put(&message, &program->head, sizeof(program->head));
	parcel_put_text(&message, program->license);
	parcel_put_blob(&message, program->instructions, program->instructions_size);
	parcel_put_blob(&message, program->functions, program->functions_size);
	parcel_put_blob(&message, program->lines, program->lines_size);
	parcel_put_blob(&message, program->modules, program->modules_size);
	return message;
}

static int load(struct world *world, const struct loaded *program)
{
	cleanup(parcel_done) struct parcel message = program_message(program);

	return call(world, &message);
}

static struct parcel file_message(const char *path)
{
	struct parcel message = { .kind = CALL_KERNEL_FILE };

	parcel_put_text(&message, path);
	return message;
}

static void only_known_kinds_are_calls(void **state)
{
	static const uint32_t others[] = {
		0, REPLY, ANSWER_MESSAGE_ERROR, CALL_FIRST - 1, CALL_END, INT32_MAX, UINT32_MAX
	};

	(void)state;
	for (size_t i = 0; i < array_size(others); i++)
		assert_false(broker_is_call(&(struct parcel){ .kind = others[i] }));
	for (uint32_t kind = CALL_FIRST; kind < CALL_END; kind++)
		assert_true(broker_is_call(&(struct parcel){ .kind = kind }));
}

static void an_ordinary_conversation_works(void **state)
{
	struct world *world = *state;
	int map = create(world, an_array), nested, program;
	struct call_map_create outer = an_array;

	assert_int_equal(map, 1);
	assert_int_equal(update(world, map, 0, 4, 8), 0);
	assert_int_equal(call_number(world, CALL_MAP_INFO, map), 0);
	outer.type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
	outer.value_size = 4;
	outer.inner_map = map;
	nested = create(world, outer);
	assert_int_equal(nested, 2);
	assert_int_equal(update(world, nested, map, 4, 0), 0);
	program = load(world, &a_program);
	assert_int_equal(program, 3);
	assert_int_equal(world->broker.chosen.code.n_instructions, array_size(pass));
	assert_int_equal(call_number(world, CALL_MAP_FREEZE, map), 0);
}

static void calls_with_bytes_missing_or_left_over_end_the_conversation(void **state)
{
	struct world *world = *state;
	struct parcel messages[CALL_END - CALL_FIRST] = {
		{ .kind = CALL_BTF_LOAD },	map_message(an_array),
		update_message(1, 0, 4, 8),	with_number(CALL_MAP_FREEZE, 1),
		with_number(CALL_MAP_INFO, 1),	program_message(&a_program),
		with_number(CALL_PROG_BIND, 2), with_number(CALL_BTF_NEXT, 0),
		with_number(CALL_BTF_OPEN, 1),	with_number(CALL_BTF_INFO, 1),
		file_message("/proc/kallsyms"), { .kind = CALL_MODULES },
	};

	assert_int_equal(create(world, an_array), 1);
	assert_int_equal(load(world, &a_program), 2);
	parcel_put_blob(&messages[0], "types", 5);
	parcel_put_u32(&messages[0], 0);
	parcel_put_u32(&messages[CALL_PROG_BIND - CALL_FIRST], 1);
	parcel_put_u32(&messages[CALL_BTF_INFO - CALL_FIRST], 0);
	for (size_t i = 0; i < array_size(messages); i++) {
		struct parcel *message = &messages[i];
		size_t whole = message->size;

		for (message->size = 0; message->size < whole; message->size++)
			assert_int_equal(call(world, message), NO_ANSWER);
		message->is_bad = false;
		parcel_put(message, "", 1);
		assert_int_equal(call(world, message), NO_ANSWER);
		parcel_done(message);
	}
	assert_int_equal(world->broker.calls.n_items, 2);
}

static void handles_of_other_kinds_and_of_other_conversations_are_unknown(void **state)
{
	struct world *world = *state;
	const int map = create(world, an_array), program = load(world, &a_program);
	const uint32_t wrong[] = { 0,	      program, 3, 1000, INT32_MAX, (uint32_t)INT32_MAX + 1,
				   UINT32_MAX };

	assert_int_equal(map, 1);
	assert_int_equal(program, 2);
	for (size_t i = 0; i < array_size(wrong); i++) {
		assert_int_equal(call_number(world, CALL_MAP_FREEZE, wrong[i]), NO_ANSWER);
		assert_int_equal(call_number(world, CALL_MAP_INFO, wrong[i]), NO_ANSWER);
		assert_int_equal(update(world, wrong[i], 0, 4, 8), NO_ANSWER);
	}
	for (size_t i = 1; i < array_size(wrong); i++) {
		struct call_map_create inner = an_array, types = an_array;

		inner.type = BPF_MAP_TYPE_ARRAY_OF_MAPS;
		inner.inner_map = wrong[i];
		types.btf = wrong[i];
		assert_int_equal(create(world, inner), -EBADF);
		assert_int_equal(create(world, types), -EBADF);
	}
}

/* An instruction can name only maps of the conversation, although the daemon has other descriptors open. */
static void instructions_cannot_use_descriptors_of_the_daemon(void **state)
{
	static const unsigned char kinds[] = { BPF_PSEUDO_MAP_FD, BPF_PSEUDO_MAP_VALUE,
					       BPF_PSEUDO_MAP_IDX, BPF_PSEUDO_MAP_IDX_VALUE };
	struct world *world = *state;
	int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, NULL, 4, 8, 1, NULL);

	assert_true(fd >= 0);
	for (size_t i = 0; i < array_size(kinds); i++)
		for (int number = 0; number <= fd; number++) {
			const struct bpf_insn instructions[] = {
				{ .code = BPF_LD | BPF_DW | BPF_IMM,
				  .dst_reg = 1,
				  .src_reg = kinds[i],
				  .imm = number },
				{},
				pass[0],
				pass[1],
			};
			struct loaded program = a_program;

			program.instructions = instructions;
			program.instructions_size = sizeof(instructions);
			assert_int_equal(load(world, &program), -EBADF);
		}
	assert_true(world->broker.calls.uses_others);
	close(fd);
}

static void a_wide_load_at_the_end_is_refused(void **state)
{
	const struct bpf_insn cut_off[] = {
		pass[0],
		{ .code = BPF_LD | BPF_DW | BPF_IMM, .dst_reg = 1, .src_reg = BPF_PSEUDO_BTF_ID }
	};
	struct loaded program = a_program;

	program.instructions = cut_off;
	program.instructions_size = sizeof(cut_off);
	assert_int_equal(load(*state, &program), -EINVAL);
}

static void functions_of_modules_are_in_the_list_of_modules(void **state)
{
	static const int16_t positions[] = { 1, 2, 256, INT16_MAX, -1, INT16_MIN };
	struct world *world = *state;

	for (size_t i = 0; i < array_size(positions); i++) {
		const struct bpf_insn instructions[] = {
			{ .code = BPF_JMP | BPF_CALL,
			  .src_reg = BPF_PSEUDO_KFUNC_CALL,
			  .off = positions[i],
			  .imm = 1 },
			pass[1],
		};
		struct loaded program = a_program;

		program.instructions = instructions;
		program.instructions_size = sizeof(instructions);
		assert_int_equal(load(world, &program), -EINVAL);
	}
}

/* A list with a descriptor of the daemon, such as its standard input, where the list of modules has a handle. */
static void modules_are_types_of_the_conversation(void **state)
{
	const uint32_t unknown[] = { 0, 0 }, too_large[] = { 0, UINT32_MAX };
	static const uint32_t many[257];
	struct world *world = *state;
	struct loaded program = a_program;

	program.modules = unknown;
	program.modules_size = sizeof(unknown);
	assert_int_equal(load(world, &program), -EBADF);
	program.modules = too_large;
	assert_int_equal(load(world, &program), -EBADF);
	program.modules_size = 7;
	assert_int_equal(load(world, &program), NO_ANSWER);
	program.modules = many;
	program.modules_size = sizeof(many);
	assert_int_equal(load(world, &program), NO_ANSWER);
}

static void sizes_and_counts_of_records_are_checked(void **state)
{
	static const uint32_t sizes[] = { 1, 4, 7, 9, 10, 68, 1 << 16, UINT32_MAX - 3, UINT32_MAX };
	static const char records[4096];
	struct world *world = *state;
	struct loaded program = a_program;

	for (size_t i = 0; i < array_size(sizes); i++) {
		struct loaded functions = a_program, lines = a_program;

		functions.functions = lines.lines = records;
		functions.functions_size = lines.lines_size = 64;
		functions.head.function_size = lines.head.line_size = sizes[i];
		assert_int_equal(load(world, &functions), NO_ANSWER);
		assert_int_equal(load(world, &lines), NO_ANSWER);
	}
	program.functions = records;
	program.functions_size = sizeof(records);
	program.head.function_size = 8; /* more functions than instructions */
	assert_int_equal(load(world, &program), NO_ANSWER);
	program.head.function_size = 0;
	assert_int_equal(load(world, &program), NO_ANSWER);
}

static void instructions_are_whole_and_at_most_a_million(void **state)
{
	cleanup(freep) struct bpf_insn *many = calloc(1000001, sizeof(*many));
	struct world *world = *state;
	struct loaded program = a_program;

	program.instructions_size = sizeof(pass) - 1;
	assert_int_equal(load(world, &program), NO_ANSWER);
	program.instructions_size = 0;
	assert_int_equal(load(world, &program), NO_ANSWER);
	program.instructions = many;
	program.instructions_size = 1000001 * sizeof(*many);
	assert_int_equal(load(world, &program), NO_ANSWER);
}

static void names_and_licenses_have_an_end(void **state)
{
	struct world *world = *state;
	struct call_map_create map = an_array;
	struct loaded program = a_program;

	memset(map.name, 'x', sizeof(map.name));
	assert_int_equal(create(world, map), NO_ANSWER);
	memset(program.head.name, 'x', sizeof(program.head.name));
	assert_int_equal(load(world, &program), NO_ANSWER);
	program = a_program;
	program.license = NULL;
	assert_int_equal(load(world, &program), NO_ANSWER);
}

static void sizes_of_keys_and_values_are_those_of_the_map(void **state)
{
	static const size_t wrong[] = { 0, 1, 3, 5, 7, 9, 64 };
	struct world *world = *state;
	int map = create(world, an_array);

	for (size_t i = 0; i < array_size(wrong); i++) {
		assert_int_equal(update(world, map, 0, wrong[i], 8), NO_ANSWER);
		assert_int_equal(update(world, map, 0, 4, wrong[i]), NO_ANSWER);
	}
}

/*
 * The kernel reads more bytes for a map with a value for each processor than the map's value has, and takes numbers
 * as descriptors for others. libbpf sets values of arrays only.
 */
static void plain_values_are_for_arrays_only(void **state)
{
	static const uint32_t types[] = { BPF_MAP_TYPE_PERCPU_ARRAY,
					  BPF_MAP_TYPE_PERCPU_HASH,
					  BPF_MAP_TYPE_LRU_PERCPU_HASH,
					  BPF_MAP_TYPE_PROG_ARRAY,
					  BPF_MAP_TYPE_DEVMAP,
					  BPF_MAP_TYPE_XSKMAP,
					  BPF_MAP_TYPE_CPUMAP,
					  BPF_MAP_TYPE_PERF_EVENT_ARRAY,
					  BPF_MAP_TYPE_HASH };
	struct world *world = *state;

	for (size_t i = 0; i < array_size(types); i++) {
		int map = create_type(world, types[i], 4);

		assert_true(map > 0);
		assert_int_equal(update(world, map, 0, 4, 4), -EINVAL);
	}
}

static void values_that_are_objects_have_the_kind_that_the_map_holds(void **state)
{
	struct world *world = *state;
	int array = create(world, an_array), program = load(world, &a_program);
	int programs = create_type(world, BPF_MAP_TYPE_PROG_ARRAY, 4);

	assert_true(array > 0 && program > 0 && programs > 0);
	assert_int_equal(update(world, programs, array, 4, 0), -EBADF);
	assert_int_equal(update(world, programs, UINT32_MAX, 4, 0), -EBADF);
	assert_int_equal(update(world, array, program, 4, 0), -EBADF);
	assert_int_equal(update(world, array, array, 4, 0), -EBADF);
}

static void maps_with_unknown_flags_and_of_struct_ops_are_refused(void **state)
{
	struct world *world = *state;

	for (unsigned int bit = 13; bit < 32; bit++) {
		struct call_map_create map = an_array;

		map.flags = 1u << bit;
		assert_int_equal(create(world, map), -EINVAL);
	}
	assert_int_equal(create_type(world, BPF_MAP_TYPE_STRUCT_OPS, 8), -EINVAL);
}

static void only_the_chosen_type_and_short_probes_are_loaded(void **state)
{
	static const uint32_t types[] = { BPF_PROG_TYPE_UNSPEC,	    BPF_PROG_TYPE_SCHED_CLS,
					  BPF_PROG_TYPE_TRACING,    BPF_PROG_TYPE_EXT,
					  BPF_PROG_TYPE_LSM,	    BPF_PROG_TYPE_SYSCALL,
					  BPF_PROG_TYPE_STRUCT_OPS, UINT32_MAX };
	static const uint32_t probed[] = { BPF_PROG_TYPE_SOCKET_FILTER, BPF_PROG_TYPE_TRACEPOINT,
					   BPF_PROG_TYPE_KPROBE, BPF_PROG_TYPE_CGROUP_SOCK };
	struct bpf_insn longer[34];
	struct world *world = *state;
	struct loaded program = a_program;

	for (size_t i = 0; i < array_size(types); i++)
		for (program.head.is_chosen = 0; program.head.is_chosen < 2;
		     program.head.is_chosen++) {
			program.head.type = types[i];
			assert_int_equal(load(world, &program), -EINVAL);
		}
	for (size_t i = 0; i < array_size(longer); i++)
		longer[i] = pass[i == array_size(longer) - 1];
	program.instructions = longer;
	program.instructions_size = sizeof(longer);
	for (size_t i = 0; i < array_size(probed); i++) {
		program.head.type = probed[i];
		assert_int_equal(load(world, &program), -EINVAL);
	}
}

static void only_files_about_the_kernel_are_opened(void **state)
{
	static const char *const paths[] = { "/etc/shadow",
					     "",
					     "/",
					     "/sys/kernel/btf/",
					     "/sys/kernel/btf/.",
					     "/sys/kernel/btf/..",
					     "/sys/kernel/btf/../../../etc/shadow",
					     "/sys/kernel/btf/a/b",
					     "/proc/kallsyms/",
					     "/proc/config.gz2",
					     "/boot/config-",
					     "/proc/self/mem",
					     "proc/kallsyms",
					     "/boot/config-../../etc/shadow" };
	struct world *world = *state;

	for (size_t i = 0; i < array_size(paths); i++) {
		cleanup(parcel_done) struct parcel message = file_message(paths[i]);
		uint64_t result = 0;

		assert_int_equal(broker_answer(&world->broker.calls, world->daemon, &message), 0);
		assert_int_equal(parcel_receive_fd(world->parser, &result), -EPROTO);
		assert_int_equal((int)result, -EACCES);
	}
}

static void a_file_that_was_offered_is_opened_and_no_other(void **state)
{
	static const char *const paths[] = { "/dev/null", "/dev/null/", "/dev/zero" };
	struct world *world = *state;

	world->broker.calls.file = paths[0];
	for (size_t i = 0; i < array_size(paths); i++) {
		cleanup(parcel_done) struct parcel message = file_message(paths[i]);
		cleanup(closep) int fd = -1;
		uint64_t result = 0;

		assert_int_equal(broker_answer(&world->broker.calls, world->daemon, &message), 0);
		fd = parcel_receive_fd(world->parser, &result);
		assert_int_equal(fd >= 0, i == 0);
		assert_int_equal((int)result, i == 0 ? 0 : -EACCES);
	}
}

/* A flag that no kernel knows shows whether the kernel saw the flags. */
static void a_program_has_only_flags_that_its_parser_may_choose(void **state)
{
	struct world *world = *state;
	struct loaded program = a_program;

	for (size_t i = 0; i < 2; i++) {
		program.head.is_chosen = i;
		program.head.flags = 1u << 31 | 1u << 30;
		assert_true(load(world, &program) > 0);
		world->broker.calls.other_flags = 1u << 31;
		assert_int_equal(load(world, &program), -EINVAL);
		program.head.flags = 1u << 30;
		assert_true(load(world, &program) > 0);
		world->broker.calls.other_flags = 0;
	}
}

static void the_log_of_refused_types_is_sent(void **state)
{
	struct world *world = *state;
	cleanup(parcel_done) struct parcel message = { .kind = CALL_BTF_LOAD };
	cleanup(parcel_done) struct parcel answer = {};
	struct btf *types = btf__new_empty();
	int64_t patience = 1000;
	const void *bytes, *log;
	size_t log_size;
	__u32 size;

	assert_true(btf__add_ptr(types, 77) > 0); /* there is no type 77 */
	bytes = btf__raw_data(types, &size);
	parcel_put_blob(&message, bytes, size);
	parcel_put_u32(&message, 1);
	assert_int_equal(broker_answer(&world->broker.calls, world->daemon, &message), 0);
	assert_int_equal(parcel_receive(world->parser, SIZE_MAX, &patience, &answer), 0);
	assert_int_equal((int)parcel_get_u32(&answer), -EINVAL);
	log = parcel_get_blob(&answer, &log_size);
	assert_non_null(memmem(log, log_size, "Invalid type_id", strlen("Invalid type_id")));
	btf__free(types);
}

static void numbers_of_types_and_their_sizes_are_bounded(void **state)
{
	static const uint32_t sizes[] = { (16 << 20) + 1, INT32_MAX, UINT32_MAX };
	struct world *world = *state;
	int types = call_number(world, CALL_BTF_OPEN, 1); /* those of the kernel */

	assert_int_equal(call_number(world, CALL_BTF_OPEN, 0), -ENOENT);
	assert_int_equal(call_number(world, CALL_BTF_OPEN, UINT32_MAX), -ENOENT);
	assert_int_equal(call_number(world, CALL_BTF_NEXT, UINT32_MAX), -EINVAL);
	if (types < 0)
		skip(); /* the kernel has none */
	for (size_t i = 0; i < array_size(sizes); i++) {
		cleanup(parcel_done) struct parcel message = with_number(CALL_BTF_INFO, types);

		parcel_put_u32(&message, sizes[i]);
		assert_int_equal(call(world, &message), NO_ANSWER);
	}
}

static void a_conversation_has_a_limited_number_of_calls_and_handles(void **state)
{
	struct world *world = *state;
	struct rlimit limit;
	int result;

	assert_return_code(getrlimit(RLIMIT_NOFILE, &limit), errno);
	limit.rlim_cur = limit.rlim_max;
	assert_return_code(setrlimit(RLIMIT_NOFILE, &limit), errno);
	if (limit.rlim_max <= 2 * PARSER_HANDLES_MAX)
		skip();
	for (int i = 1; i <= PARSER_HANDLES_MAX; i++)
		assert_int_equal(create(world, an_array), i);
	assert_int_equal(create(world, an_array), -EMFILE);
	assert_int_equal(load(world, &a_program), -EMFILE);
	for (result = 0; result != NO_ANSWER && world->broker.calls.n_calls < 2 * PARSER_CALLS_MAX;)
		result = call_number(world, CALL_MAP_FREEZE, 1);
	assert_int_equal(world->broker.calls.n_calls, PARSER_CALLS_MAX + 1);
}

/* Mostly small ones, and some around the largest, where sums wrap. */
static uint32_t random_number(void)
{
	uint32_t number = rand();

	return number % 3 ? number / 3 % 4 : number % 2 ? UINT32_MAX - number % 8 : number;
}

/* The sanitizers report what goes wrong. */
static void random_calls_do_no_harm(void **state)
{
	struct world *world = *state;

	srand(1);
	assert_int_equal(create(world, an_array), 1);
	for (size_t i = 0; i < 15000; i++) {
		cleanup(parcel_done) struct parcel message = {
			.kind = CALL_FIRST + rand() % (CALL_END - CALL_FIRST)
		};

		if (message.kind == CALL_MODULES || message.kind == CALL_BTF_OPEN ||
		    message.kind == CALL_KERNEL_FILE)
			continue;
		for (int words = rand() % 40; words > 0; words--)
			parcel_put_u32(&message, random_number());
		call(world, &message);
	}
}

static const struct bpf_insn reads_kernel[] = {
	{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
	{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .imm = 2 },
	{ .code = BPF_JMP | BPF_EXIT },
};

/* Neither the program to attach, nor another one, nor one that is only recorded, and the kernel is not asked. */
static void
programs_of_a_restricted_author_are_checked_before_anything_is_done_with_them(void **state)
{
	struct world *world = *state;
	struct broker *broker = &world->broker.calls;
	struct loaded program = a_program;

	program.instructions = reads_kernel;
	program.instructions_size = sizeof(reads_kernel);
	broker->is_restricted = true;
	for (int i = 0; i < 4; i++) {
		program.head.is_chosen = i & 1;
		broker->is_trial = i & 2;
		assert_int_equal(load(world, &program), -EPERM);
	}
	assert_string_equal(broker->refusal.message, "calls helper bpf_probe_read_kernel");
	assert_int_equal(world->broker.chosen.n_attempts, 0);
	assert_int_equal(world->broker.chosen.code.n_instructions, 0);
	broker->is_trial = false;
	assert_int_equal(load(world, &a_program), 1);
}

/* A chain is built from the recorded code, whatever handle the parser gives for the program. */
static void code_that_the_kernel_refuses_does_not_count_as_loaded(void **state)
{
	static const struct bpf_insn refused[] = {
		{ .code = BPF_LDX | BPF_MEM | BPF_DW, .dst_reg = 0, .src_reg = 2 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct world *world = *state;
	struct loaded program = a_program;

	assert_true(load(world, &program) > 0);
	assert_true(world->broker.chosen.is_loaded);
	program.instructions = refused;
	program.instructions_size = sizeof(refused);
	assert_true(load(world, &program) < 0);
	assert_false(world->broker.chosen.is_loaded);
	assert_true(load(world, &a_program) > 0);
	world->broker.calls.is_trial = true;
	assert_true(load(world, &program) < 0);
	assert_false(world->broker.chosen.is_loaded);
}

/* Nothing can run them, and libbpf needs them to find out what the kernel can do. */
static void probes_of_a_restricted_author_are_not_checked(void **state)
{
	static const struct bpf_insn probe[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_X, .dst_reg = 1, .src_reg = 10 },
		{ .code = BPF_ALU64 | BPF_ADD | BPF_K, .dst_reg = 1, .imm = -8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 2, .imm = 8 },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = 3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_probe_read_kernel },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	struct world *world = *state;
	struct loaded program = a_program;

	program.head = (struct call_prog_load){ .type = BPF_PROG_TYPE_TRACEPOINT };
	program.instructions = probe;
	program.instructions_size = sizeof(probe);
	world->broker.calls.is_restricted = true;
	assert_true(load(world, &program) > 0);
}

static int load_types(struct world *world, const char *tag)
{
	cleanup(parcel_done) struct parcel message = { .kind = CALL_BTF_LOAD };
	struct btf *btf = btf__new_empty();
	int number = btf__add_int(btf, "int", 4, BTF_INT_SIGNED), function;
	uint32_t size;
	const void *types;

	btf__add_func_proto(btf, number);
	btf__add_func_param(btf, "argument", number);
	function = btf__add_func(btf, "look", BTF_FUNC_GLOBAL, 2);
	btf__add_decl_tag(btf, tag, function, 0);
	types = btf__raw_data(btf, &size);
	parcel_put_blob(&message, types, size);
	parcel_put_u32(&message, 1);
	btf__free(btf);
	return call(world, &message);
}

static void types_of_a_restricted_author_are_checked_before_they_have_a_handle(void **state)
{
	struct world *world = *state;

	assert_int_equal(load_types(world, "arg:untrusted"), 1);
	world->broker.calls.is_restricted = true;
	assert_int_equal(load_types(world, "arg:untrusted"), -EPERM);
	assert_int_equal(world->broker.calls.n_items, 1);
	assert_int_equal(load_types(world, "arg:ctx"), 2);
}

static int open_file(struct world *world, const char *path)
{
	cleanup(parcel_done) struct parcel message = file_message(path);
	cleanup(closep) int fd = -1;
	uint64_t result = 0;

	assert_int_equal(broker_answer(&world->broker.calls, world->daemon, &message), 0);
	fd = parcel_receive_fd(world->parser, &result);
	return result;
}

static void a_restricted_author_gets_no_addresses_of_the_kernel(void **state)
{
	struct world *world = *state;

	assert_int_equal(open_file(world, "/proc/kallsyms"), 0);
	world->broker.calls.is_restricted = true;
	assert_int_equal(open_file(world, "/proc/kallsyms"), -EACCES);
	assert_int_equal(open_file(world, "/sys/kernel/btf/vmlinux"), 0);
	assert_string_equal(world->broker.calls.refusal.message,
			    "uses the address of a symbol of the kernel");
}

#define TEST(function) cmocka_unit_test_setup_teardown(function, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_known_kinds_are_calls),
		TEST(an_ordinary_conversation_works),
		TEST(calls_with_bytes_missing_or_left_over_end_the_conversation),
		TEST(handles_of_other_kinds_and_of_other_conversations_are_unknown),
		TEST(instructions_cannot_use_descriptors_of_the_daemon),
		TEST(a_wide_load_at_the_end_is_refused),
		TEST(functions_of_modules_are_in_the_list_of_modules),
		TEST(modules_are_types_of_the_conversation),
		TEST(sizes_and_counts_of_records_are_checked),
		TEST(instructions_are_whole_and_at_most_a_million),
		TEST(names_and_licenses_have_an_end),
		TEST(sizes_of_keys_and_values_are_those_of_the_map),
		TEST(plain_values_are_for_arrays_only),
		TEST(values_that_are_objects_have_the_kind_that_the_map_holds),
		TEST(maps_with_unknown_flags_and_of_struct_ops_are_refused),
		TEST(only_the_chosen_type_and_short_probes_are_loaded),
		TEST(only_files_about_the_kernel_are_opened),
		TEST(a_file_that_was_offered_is_opened_and_no_other),
		TEST(a_program_has_only_flags_that_its_parser_may_choose),
		TEST(the_log_of_refused_types_is_sent),
		TEST(numbers_of_types_and_their_sizes_are_bounded),
		TEST(a_conversation_has_a_limited_number_of_calls_and_handles),
		TEST(random_calls_do_no_harm),
		TEST(programs_of_a_restricted_author_are_checked_before_anything_is_done_with_them),
		TEST(code_that_the_kernel_refuses_does_not_count_as_loaded),
		TEST(probes_of_a_restricted_author_are_not_checked),
		TEST(types_of_a_restricted_author_are_checked_before_they_have_a_handle),
		TEST(a_restricted_author_gets_no_addresses_of_the_kernel),
	};

	if (geteuid() != 0) {
		puts("1..0 # SKIP only root can create maps");
		return EXIT_SUCCESS;
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
