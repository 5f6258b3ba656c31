// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "broker/program-load.h"
#include "object/instruction.h"
#include "object/verifier-log.h"
#include "tests/unit/test.h"

#include <errno.h>

#define PASS 2

static int try_load(struct bpf_insn first, char *log, size_t size)
{
	const struct bpf_insn instructions[] = { first, INSTRUCTION_EXIT };
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_buf = log, .log_size = size,
		    .log_level = log ? VERIFIER_LOG_REASONS : 0);
	int result = program_load(BPF_PROG_TYPE_XDP, "test", "GPL", instructions,
				  array_size(instructions), &options);

	if (result == -EPERM)
		skip();
	return result;
}

static void a_log_that_does_not_fit_does_not_refuse_a_program(void **state)
{
	char log[16] = "?";
	cleanup(closep) int fd = try_load(set(BPF_REG_0, PASS), log, sizeof(log));

	(void)state;
	assert_return_code(fd, -fd);
	assert_string_equal(log, "");
}

static void a_refusal_keeps_its_errno_if_the_log_does_not_fit(void **state)
{
	char log[16] = "?";

	(void)state;
	assert_int_equal(try_load(move(BPF_REG_0, BPF_REG_9), log, sizeof(log)), -EACCES);
	assert_string_equal(log, "");
}

static void a_log_that_fits_is_kept(void **state)
{
	char log[4096] = "";
	cleanup(closep) int fd = try_load(set(BPF_REG_0, PASS), log, sizeof(log));

	(void)state;
	assert_return_code(fd, -fd);
	assert_string_not_equal(log, "");
	assert_int_equal(try_load(move(BPF_REG_0, BPF_REG_9), log, sizeof(log)), -EACCES);
	assert_string_not_equal(log, "");
	assert_int_equal(try_load(move(BPF_REG_0, BPF_REG_9), NULL, 0), -EACCES);
}

int main(void)
{
	static const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_log_that_does_not_fit_does_not_refuse_a_program),
		cmocka_unit_test(a_refusal_keeps_its_errno_if_the_log_does_not_fit),
		cmocka_unit_test(a_log_that_fits_is_kept),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
