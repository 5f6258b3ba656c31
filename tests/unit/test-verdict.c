// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/verdict.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <string.h>

static void every_set_survives_text_and_back(void **state)
{
	(void)state;
	for (verdict_set set = 0; set <= VERDICTS_ALL; set++) {
		char text[VERDICT_SET_TEXT_MAX];
		verdict_set read = ~0u;
		const char *bad;
		size_t length;

		assert_int_equal(
			verdict_set_parse(verdict_set_format(set, text), &read, &bad, &length), 0);
		assert_int_equal(read, set);
	}
}

static void bad_words_are_pointed_at(void **state)
{
	static const struct {
		const char *text, *word;
	} cases[] = {
		{ "pass,reject,tx", "reject" },
		{ "", "" },
		{ "pass,", "" },
		{ ",pass", "" },
		{ "PASS", "PASS" },
		{ "pass,none", "none" },
		{ "passed", "passed" },
		{ "pas", "pas" },
	};

	(void)state;
	for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
		verdict_set untouched = 77;
		const char *bad = NULL;
		size_t length = 99;

		assert_int_equal(verdict_set_parse(cases[i].text, &untouched, &bad, &length),
				 -EINVAL);
		assert_int_equal(untouched, 77);
		assert_int_equal(length, strlen(cases[i].word));
		assert_memory_equal(bad, cases[i].word, length);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_set_survives_text_and_back),
		cmocka_unit_test(bad_words_are_pointed_at),
	};

	return cmocka_run_group_tests_name("verdict", tests, NULL, NULL);
}
