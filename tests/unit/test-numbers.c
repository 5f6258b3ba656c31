// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A set of numbers has each once and in order, also when there are very many. */
#include "object/numbers.h"
#include "tests/unit/test.h"

/* So many that it would take minutes if each insertion searched all of them. */
#define COUNT 300000

static int number(int i)
{
	return i % 2 ? i * 4096 : -i;
}

static void each_number_exists_once_and_in_order(void **state)
{
	struct numbers numbers = {};

	(void)state;
	for (int round = 0; round < 2; round++)
		for (int i = 0; i < COUNT; i++)
			assert_int_equal(numbers_add(&numbers, number(i)), 0);
	assert_int_equal(numbers.n_items, COUNT);
	for (int i = 0; i < COUNT; i++)
		assert_int_equal(numbers.items[i], number(i));
	numbers_done(&numbers);
	assert_int_equal(numbers.n_items, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_number_exists_once_and_in_order),
	};

	return cmocka_run_group_tests_name("numbers", tests, NULL, NULL);
}
