// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/test-load.h"

#include "base/cleanup.h"
#include "object/elf.h"
#include "object/libbpf-log.h"
#include "object/load-error.h"
#include "sandbox/calls.h"

#include <bpf/bpf.h>
#include <string.h>

struct test_load {
	const struct object *object;
	const struct program_choice *choice;
	char *log; /* of the verifier */
	struct libbpf_log messages;
	struct bpf_object *opened;
};

static void test_load_done(struct test_load *test)
{
	bpf_object__close(test->opened);
	free(test->log);
}

/* Loads only the chosen program and those that it jumps to; pins no map. */
static void prepare(struct test_load *test, const struct tail_callees *callees,
		    unsigned int log_level)
{
	__u32 flags = test->choice->frags ? BPF_F_XDP_HAS_FRAGS : 0;
	struct bpf_program *program;
	struct bpf_map *map;

	bpf_object__for_each_program(program, test->opened)
	{
		const char *name = bpf_program__name(program);
		bool chosen = !strcmp(name, test->choice->name);
		bool loaded = chosen || tail_callees_have(callees, name);

		bpf_program__set_autoload(program, loaded);
		if (!loaded)
			continue;
		bpf_program__set_type(program, BPF_PROG_TYPE_XDP);
		bpf_program__set_expected_attach_type(program, BPF_XDP);
		bpf_program__set_flags(program, flags);
		bpf_program__set_log_buf(program, test->log, PARSER_LOG_MAX + 1);
		bpf_program__set_log_level(program, chosen ? log_level : 0);
	}
	bpf_object__for_each_map(map, test->opened) bpf_map__set_pin_path(map, NULL);
}

static int load(struct test_load *test, unsigned int log_level, struct error *error)
{
	cleanup(tail_callees_done) struct tail_callees callees = {};
	int result;

	bpf_object__close(steal(test->opened));
	result = object_open(test->object, NULL, &test->opened, error)
			 ?: tail_callees_read(&test->object->blob, &callees, error);
	if (result < 0)
		return result;
	test->log[0] = '\0';
	prepare(test, &callees, log_level);
	libbpf_log_begin(&test->messages);
	result = bpf_object__load(test->opened);
	libbpf_log_end(&test->messages);
	return result;
}

static int refused(int failure, const struct test_load *test, struct error *error)
{
	const struct load_error load_error = {
		.program = test->choice->name,
		.label = test->object->label,
		.log = test->log,
		.messages = test->messages.text,
		.failure = failure,
		.opened = test->opened,
	};

	return !*test->log && failure == -EPERM ? failure : load_error_set(&load_error, error);
}

/*
 * Loads again for the reasons of a failure. If they do not fit into the log, the first failure stands, without
 * reasons: what fits is not their end.
 */
static int load_for_reasons(struct test_load *test, int failure, struct error *error)
{
	int result = load(test, VERIFIER_LOG_REASONS, error);

	if (result != -ENOSPC)
		return result;
	test->log[0] = '\0';
	return failure;
}

int test_load(const struct object *object, const struct program_choice *choice,
	      struct verifier_work *ret, struct error *error)
{
	cleanup(test_load_done) struct test_load test = {
		.object = object,
		.choice = choice,
		.log = malloc(PARSER_LOG_MAX + 1),
	};
	int result;

	if (!test.log)
		return error_memory(error);
	result = load(&test, VERIFIER_LOG_STATISTICS, error);
	if (result < 0 && result != -EPERM && result != -E2BIG && error->id == ERROR_NONE)
		result = load_for_reasons(&test, result, error);
	if (result < 0)
		return error->id == ERROR_NONE ? refused(result, &test, error) : result;
	verifier_work_read(test.log, ret);
	return 0;
}
