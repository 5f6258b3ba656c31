// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/verifier-log.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void the_reason_is_kept_and_the_statistics_are_not(void **state)
{
	char *digest = verifier_log_digest(
		"0: (61) r1 = *(u32 *)(r1 +0)\n"
		"invalid access to packet\n"
		"processed 2 insns (limit 1000000) max_states_per_insn 0\n");

	(void)state;
	assert_string_equal(digest, "0: (61) r1 = *(u32 *)(r1 +0)\ninvalid access to packet");
	free(digest);
}

static void a_long_log_is_cut_at_its_beginning(void **state)
{
	char log[8192] = "", *digest, *first;

	(void)state;
	for (int i = 0; i < 200; i++)
		sprintf(log + strlen(log), "line %d\n", i);
	digest = verifier_log_digest(log);
	first = digest;
	assert_memory_equal(first, "line 188\n", 9);
	assert_non_null(strstr(digest, "line 199"));
	assert_null(strstr(digest, "line 187"));
	free(digest);
}

static void an_empty_log_has_no_digest(void **state)
{
	(void)state;
	assert_null(verifier_log_digest(""));
	assert_null(verifier_log_digest("\n\n"));
	assert_null(verifier_log_digest("processed 2 insns (limit 1000000)\n"));
}

static void the_statistics_are_read(void **state)
{
	struct verifier_work work;

	(void)state;
	verifier_work_read("func#0 @0\n0: (b7) r0 = 2\nverification time 30 usec\n"
			   "stack depth 16+0+120\n"
			   "processed 1234 insns (limit 1000000) max_states_per_insn 0\n",
			   &work);
	assert_int_equal(work.processed, 1234);
	assert_int_equal(work.n_functions, 3);
	assert_int_equal(work.stack[0], 16);
	assert_int_equal(work.stack[2], 120);
	verifier_work_read("stack depth 8", &work);
	assert_int_equal(work.processed, 0);
	assert_int_equal(work.n_functions, 1);
}

static void statistics_that_are_not_there_are_unknown(void **state)
{
	static const char *const logs[] = { "", "\n", "stack depth many\n", "processed\n",
					    "the stack depth 8 is processed 7\n" };
	struct verifier_work work;

	(void)state;
	for (size_t i = 0; i < sizeof(logs) / sizeof(*logs); i++) {
		verifier_work_read(logs[i], &work);
		assert_int_equal(work.processed, 0);
		assert_int_equal(work.n_functions, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reason_is_kept_and_the_statistics_are_not),
		cmocka_unit_test(a_long_log_is_cut_at_its_beginning),
		cmocka_unit_test(an_empty_log_has_no_digest),
		cmocka_unit_test(the_statistics_are_read),
		cmocka_unit_test(statistics_that_are_not_there_are_unknown),
	};

	return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
