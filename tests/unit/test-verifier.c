#include "daemon/kernel/verifier.h"
#include "tests/unit/test.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void the_reason_is_kept_and_the_statistics_are_not(void **state)
{
	char *digest = verifier_digest("0: (61) r1 = *(u32 *)(r1 +0)\n"
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
	digest = verifier_digest(log);
	first = digest;
	assert_memory_equal(first, "line 188\n", 9);
	assert_non_null(strstr(digest, "line 199"));
	assert_null(strstr(digest, "line 187"));
	free(digest);
}

static void an_empty_log_has_no_digest(void **state)
{
	(void)state;
	assert_null(verifier_digest(""));
	assert_null(verifier_digest("\n\n"));
	assert_null(verifier_digest("processed 2 insns (limit 1000000)\n"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_reason_is_kept_and_the_statistics_are_not),
		cmocka_unit_test(a_long_log_is_cut_at_its_beginning),
		cmocka_unit_test(an_empty_log_has_no_digest),
	};

	return cmocka_run_group_tests_name("verifier", tests, NULL, NULL);
}
