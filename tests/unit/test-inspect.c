// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What xdpctl shows about objects without loading them. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "base/error.h"
#include "base/json.h"
#include "cli/inspect/inspect.h"
#include "ipc/validate.h"
#include "object/libbpf-log.h"
#include "object/object.h"
#include "tests/unit/fake-kernel-btf.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>

/* With this, nothing is loaded, even if root runs the test. */
static struct fake_kernel_btf kernel;

static int inspect_file(int fd, const char *program, json_t **ret, struct error *error)
{
	const struct inspect_request request = { .object = fd,
						 .btf = kernel.path,
						 .program = (char *)program };

	return inspect_object(&request, ret, error);
}

/* Everything in the result is as the interface declares it. */
static json_t *inspect(const char *name, const char *program)
{
	cleanup(error_done) struct error error = {};
	cleanup(closep) int fd = -1;
	char path[512];
	json_t *inspected = NULL;

	snprintf(path, sizeof(path), OBJECTS "/%s.o", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (inspect_file(fd, program, &inspected, &error) < 0)
		fail_msg("%s: %s", name, error.message);
	if (fields_validate(inspect_method.out, inspected, name, &error) < 0)
		fail_msg("%s", error.message);
	return inspected;
}

/* The item with that name in a list. */
static const json_t *named(const json_t *inspected, const char *list, const char *name)
{
	json_t *item;
	size_t i;

	json_array_foreach(json_object_get(inspected, list), i, item)
	{
		if (!strcmp(json_string_value(json_object_get(item, "name")), name))
			return item;
	}
	fail_msg("there is no '%s' in %s", name, list);
	return NULL;
}

static long number(const json_t *object, const char *name)
{
	assert_true(json_is_integer(json_object_get(object, name)));
	return json_integer_value(json_object_get(object, name));
}

static const char *text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)) ?: "";
}

static const char *first_obstacle(const json_t *inspected)
{
	return text(json_array_get(json_object_get(inspected, "obstacles"), 0), "message");
}

static void the_obstacle_is_reported(void **state)
{
	static const struct {
		const char *object;
		const char *program;
		const char *sentence; /* NULL: no sentence */
	} rows[] = {
		{ "kind-plain", NULL, NULL },
		{ "kind-maps", NULL,
		  "'kind' calls bpf_ringbuf_output (helper 130), which this "
		  "kernel does not have" },
		{ "kind-tail_call", "kind_callee", NULL },
		{ "bad-two", NULL,
		  "bad-two.o has several XDP programs ('first', 'second'); choose one "
		  "with --prog" },
		{ "bad-two", "second", NULL },
		{ "bad-two", "third",
		  "bad-two.o has no program 'third'; it has 'first', 'second'" },
		{ "bad-empty", NULL, "bad-empty.o contains no program" },
		{ "bad-type", NULL,
		  "program 'shaper' of bad-type.o is not an XDP program: its section "
		  "'tc' makes it type sched_cls; attach it with tc, or with its own loader" },
		{ "bad-extension", NULL,
		  "program 'reclassify' of bad-extension.o extends a program of another type: it "
		  "is declared as 'int reclassify(struct __sk_buff *ctx)', and extensions of XDP "
		  "programs get 'struct xdp_md *'; attach it with the loader of the program that "
		  "it extends" },
		{ "calls-flavours", NULL, NULL },
		{ "../../examples/web_only.bpf", NULL,
		  "'web_only' takes more arguments than the context; it fits only a policy slot "
		  "(xdpctl attach --slot), not a chain" },
		{ "calls-no_group", NULL,
		  "calls-no_group.o needs one of the kernel functions of group 'missing', but this "
		  "kernel has none of them" },
		{ "calls-strong", NULL,
		  "calls-strong.o needs the kernel function 'bpf_no_such_kfunc', which "
		  "this kernel does not have" },
		{ "calls-deep", NULL,
		  "'deep' makes calls that are 9 functions deep; the kernel allows 8" },
		{ "calls-wide", NULL,
		  "the calls of 'wide' need 560 bytes of stack; the kernel allows 512" },
		{ "calls-recursive", NULL,
		  "'recursive' calls itself; BPF programs must not be recursive" },
		{ "calls-helper", NULL,
		  "'helper' calls an unknown function (helper 5000), which this "
		  "kernel does not have" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(json_decrefp) json_t *inspected = inspect(rows[i].object, rows[i].program);

		assert_string_equal(first_obstacle(inspected), rows[i].sentence ?: "");
		assert_int_equal(json_is_true(json_object_get(inspected, "attachable")),
				 !rows[i].sentence);
		assert_true(json_is_false(json_object_get(inspected, "loaded")));
	}
}

static void a_program_fits_a_slot_or_not(void **state)
{
	static const struct {
		const char *policy;
		const char *slot;
		const char *sentence; /* NULL: it fits */
	} rows[] = {
		{ "kind-global_subprogram", "decide", NULL },
		{ "kind-static_subprogram", "inner",
		  "'kind' does not fit the slot 'inner': 'inner' is static; a slot and the "
		  "function in it must be global" },
		{ "kind-static_subprogram", "nobody",
		  "kind-static_subprogram.o has no function 'nobody'" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(rows); i++) {
		cleanup(closep) int fd = open(OBJECTS "/kind-plain.o", O_RDONLY | O_CLOEXEC);
		cleanup(json_decrefp) json_t *inspected = NULL;
		char policy[512];
		struct inspect_request request = { .object = fd,
						   .btf = kernel.path,
						   .policy = policy,
						   .slot = (char *)rows[i].slot };

		snprintf(policy, sizeof(policy), OBJECTS "/%s.o", rows[i].policy);
		assert_int_equal(inspect_object(&request, &inspected, NULL), 0);
		assert_string_equal(first_obstacle(inspected), rows[i].sentence ?: "");
	}
}

static void libraries_are_part_of_the_object(void **state)
{
	cleanup(closep) int fd = open(OBJECTS "/library-user.o", O_RDONLY | O_CLOEXEC);
	cleanup(closep) int library = open(OBJECTS "/library-parser.o", O_RDONLY | O_CLOEXEC);
	struct inspect_request request = { .object = fd, .btf = kernel.path };
	cleanup(json_decrefp) json_t *alone = NULL;
	cleanup(json_decrefp) json_t *inspected = NULL;

	(void)state;
	assert_int_equal(inspect_object(&request, &alone, NULL), 0);
	assert_string_equal(first_obstacle(alone),
			    "library-user.o uses 'parse', which is not defined in it; name the "
			    "object that defines it with --link");
	request.libraries = (struct descriptors){ 1, &library };
	assert_int_equal(inspect_object(&request, &inspected, NULL), 0);
	assert_string_equal(text(named(inspected, "functions", "parse"), "linkage"), "global");
	assert_string_equal(text(inspected, "file"), "library-user.o");
}

static void each_program_has_its_kind(void **state)
{
	cleanup(json_decrefp) json_t *tails = inspect("kind-tail_call", NULL);
	cleanup(json_decrefp) json_t *map = inspect("bad-map", NULL);
	cleanup(json_decrefp) json_t *configured = inspect("kind-run_config", NULL);
	const json_t *program = named(configured, "programs", "kind");

	(void)state;
	assert_string_equal(text(named(tails, "programs", "kind"), "kind"), "xdp");
	assert_true(json_is_true(json_object_get(named(tails, "programs", "kind"), "tail_calls")));
	assert_string_equal(text(named(tails, "programs", "kind_callee"), "kind"), "tail_callee");
	assert_string_equal(text(named(map, "programs", "on_another_cpu"), "kind"), "map_entry");
	assert_int_equal(number(program, "priority"), 7);
	assert_int_equal(json_array_size(json_object_get(program, "proceed_on")), 2);
}

static void functions_have_linkage_stack_and_callees(void **state)
{
	cleanup(json_decrefp) json_t *statics = inspect("kind-static_subprogram", NULL);
	cleanup(json_decrefp) json_t *globals = inspect("kind-global_subprogram", NULL);
	cleanup(json_decrefp) json_t *callbacks = inspect("kind-loop", NULL);
	cleanup(json_decrefp) json_t *stack = inspect("kind-stack", NULL);
	const json_t *outer = named(statics, "functions", "outer");

	(void)state;
	assert_string_equal(text(outer, "linkage"), "static");
	assert_string_equal(json_string_value(json_array_get(json_object_get(outer, "calls"), 0)),
			    "inner");
	assert_int_equal(number(named(statics, "programs", "kind"), "frames"), 3);
	assert_string_equal(text(named(globals, "functions", "decide"), "linkage"), "global");
	assert_true(
		json_is_true(json_object_get(named(callbacks, "programs", "kind"), "callbacks")));
	assert_int_equal(number(named(stack, "functions", "kind"), "stack"), 448);
}

static void maps_and_variables_are_described(void **state)
{
	cleanup(json_decrefp) json_t *maps = inspect("kind-maps", NULL);
	cleanup(json_decrefp) json_t *pinned = inspect("kind-pinned_map", NULL);
	cleanup(json_decrefp) json_t *data = inspect("kind-global_data", NULL);
	const json_t *map = named(maps, "maps", "an_lru_hash");
	const json_t *wanted = named(data, "variables", "wanted");

	(void)state;
	assert_string_equal(text(map, "type"), "lru_hash");
	assert_int_equal(number(map, "key"), 4);
	assert_int_equal(number(map, "value"), 8);
	assert_string_equal(text(map, "value_type"), "__u64");
	assert_int_equal(number(map, "entries"), 16);
	assert_null(json_object_get(map, "pin"));
	assert_string_equal(text(named(pinned, "maps", "xdpd_test_pinned"), "pin"),
			    "/sys/fs/bpf/xdpd_test_pinned");
	assert_string_equal(text(wanted, "declaration"), "const volatile int wanted");
	assert_string_equal(text(wanted, "value"), "7");
	assert_true(json_is_true(json_object_get(wanted, "constant")));
	assert_string_equal(text(named(data, "variables", "counted"), "value"), "0");
	assert_int_equal(json_array_size(json_object_get(data, "maps")), 0);
}

static void kfuncs_and_helpers_have_the_kernel_that_brought_them(void **state)
{
	cleanup(json_decrefp) json_t *flavours = inspect("calls-flavours", NULL);
	cleanup(json_decrefp) json_t *loop = inspect("kind-loop", NULL);
	const json_t *kfunc = named(flavours, "kfuncs", "bpf_cast_to_kern_ctx___one");
	const json_t *helper =
		json_array_get(json_object_get(named(loop, "programs", "kind"), "helpers"), 0);

	(void)state;
	assert_string_equal(text(kfunc, "kernel_name"), "bpf_cast_to_kern_ctx");
	assert_string_equal(text(kfunc, "since"), "6.2");
	assert_string_equal(text(kfunc, "state"), "resolved");
	assert_string_equal(text(helper, "name"), "bpf_loop");
	assert_string_equal(text(helper, "since"), "5.17");
	assert_true(json_is_false(json_object_get(helper, "here")));
}

static void every_field_is_in_the_documents(void **state)
{
	char *words = NULL;
	size_t size = 0;
	FILE *file = fopen(DOCUMENTS "/inspect.md", "r");

	(void)state;
	assert_non_null(file);
	assert_true(getdelim(&words, &size, '\0', file) > 0);
	fclose(file);
	for (const struct type *const *type = inspect_types; *type; type++)
		for (const struct field *field = (*type)->fields; field && field->name; field++) {
			char word[64];

			snprintf(word, sizeof(word), "`%s`", field->name);
			if (!strstr(words, word))
				fail_msg("docs/inspect.md does not say what %s of %s is",
					 field->name, (*type)->name);
		}
	free(words);
}

#define DAMAGES 400

/* The same numbers in each run: xorshift. */
static uint32_t random_number(uint32_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 17;
	*seed ^= *seed << 5;
	return *seed;
}

static int damaged_copy(const char *name, uint32_t *seed)
{
	cleanup(closep) int fd = -1;
	static char bytes[1 << 20];
	char path[512];
	ssize_t size;
	int copy = memfd_create("damaged", MFD_CLOEXEC);

	snprintf(path, sizeof(path), OBJECTS "/%s.o", name);
	fd = open(path, O_RDONLY | O_CLOEXEC);
	size = read(fd, bytes, sizeof(bytes));
	assert_true(size > 0 && copy >= 0);
	if (random_number(seed) % 4 == 0)
		size = random_number(seed) % size;
	for (uint32_t i = random_number(seed) % 8; size > 0 && i > 0; i--)
		bytes[random_number(seed) % size] ^= 1 << random_number(seed) % 8;
	assert_int_equal(write(copy, bytes, size), size);
	return copy;
}

static void damaged_objects_are_refused_or_described(void **state)
{
	static const char *const names[] = { "kind-maps", "calls-no_group", "kind-global_data",
					     "kind-tail_call", "calls-deep" };
	uint32_t seed = 2463534242;

	(void)state;
	for (size_t i = 0; i < DAMAGES; i++) {
		cleanup(error_done) struct error error = {};
		cleanup(json_decrefp) json_t *inspected = NULL;
		cleanup(closep) int fd = damaged_copy(names[i % array_size(names)], &seed);

		if (inspect_file(fd, NULL, &inspected, &error) < 0)
			assert_null(strstr(error.message, "the parser"));
		else
			assert_int_equal(reply_validate(inspect_method.out, inspected, "f.o", NULL),
					 0);
	}
}

static void a_file_without_kernel_types_is_refused(void **state)
{
	cleanup(error_done) struct error error = {};
	cleanup(closep) int fd = open(OBJECTS "/kind-plain.o", O_RDONLY | O_CLOEXEC);
	struct inspect_request request = { .object = fd, .btf = "/dev/null" };
	json_t *inspected = NULL;

	(void)state;
	assert_true(inspect_object(&request, &inspected, &error) < 0);
	assert_string_equal(error.message, "'/dev/null' contains no kernel type information (BTF)");
	assert_null(inspected);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_obstacle_is_reported),
		cmocka_unit_test(a_program_fits_a_slot_or_not),
		cmocka_unit_test(libraries_are_part_of_the_object),
		cmocka_unit_test(each_program_has_its_kind),
		cmocka_unit_test(functions_have_linkage_stack_and_callees),
		cmocka_unit_test(maps_and_variables_are_described),
		cmocka_unit_test(kfuncs_and_helpers_have_the_kernel_that_brought_them),
		cmocka_unit_test(every_field_is_in_the_documents),
		cmocka_unit_test(damaged_objects_are_refused_or_described),
		cmocka_unit_test(a_file_without_kernel_types_is_refused),
	};
	int failed;

	libbpf_log_init();
	if (object_init(NULL, NULL) < 0)
		return EXIT_FAILURE;
	fake_kernel_btf_write(&kernel, true);
	failed = cmocka_run_group_tests(tests, NULL, NULL);
	fake_kernel_btf_remove(&kernel);
	return failed;
}
