// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Tables are as wide as their contents, but never wider than the terminal. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/table.h"
#include "tests/unit/test.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static const struct column columns[] = {
	{ "N", COLUMN_RIGHT },
	{ "NAME", COLUMN_LEFT, .narrow = 4 },
	{ "WHAT", COLUMN_LEFT, .narrow = 4 },
	{ "RUN", COLUMN_RIGHT },
	{},
};

/* The printed table, valid until the next call. */
static const char *print(const struct table *table, size_t width)
{
	static char text[1024];
	FILE *file = fmemopen(text, sizeof(text), "w");

	table_print(table, file, width);
	fclose(file);
	return text;
}

static void add_row(struct table *table, uint64_t n, const char *name, const char *what,
		    uint64_t run)
{
	table_add_number(table, n);
	table_add(table, name);
	table_add(table, what);
	table_add_number(table, run);
}

static void columns_are_as_wide_as_what_is_in_them(void **state)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	(void)state;
	add_row(table, 1, "firewall", "pass", 12);
	add_row(table, 10, "Zürich", "none", 1234);
	assert_string_equal(print(table, 100), " N  NAME      WHAT   RUN\n"
					       " 1  firewall  pass    12\n"
					       "10  Zürich    none  1234\n");
}

static void wide_characters_take_two_columns(void **state)
{
	cleanup(table_drop) struct table *table = table_new(columns);
	cleanup(table_drop) struct table *narrow = table_new(columns);

	(void)state;
	add_row(table, 1, "防火墙", "pass", 12);
	add_row(table, 2, "e\u0301te\u0301", "none", 3);
	assert_string_equal(print(table, 100), "N  NAME    WHAT  RUN\n"
					       "1  防火墙  pass   12\n"
					       "2  e\u0301te\u0301     none    3\n");
	add_row(narrow, 1, "防火墙防火墙", "pass", 12);
	assert_string_equal(print(narrow, 17), "N NAME   WHAT RUN\n"
					       "1 防火…  pass  12\n");
}

static void terminal_escapes_are_made_visible(void **state)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	(void)state;
	add_row(table, 1, "a\x1b[31mb", "\u202ec", 12);
	assert_string_equal(print(table, 100), "N  NAME        WHAT     RUN\n"
					       "1  a\\x1b[31mb  \\u202ec   12\n");
}

static void the_widest_is_cut_first(void **state)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	(void)state;
	add_row(table, 1, "a_very_long_name_of_a_program", "pass,tx", 12);
	assert_string_equal(print(table, 27), "N NAME          WHAT    RUN\n"
					      "1 a_very_long_… pass,tx  12\n");
}

static void headings_and_numbers_are_not_cut(void **state)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	(void)state;
	add_row(table, 1, "long_name", "long_what", 9999999);
	assert_string_equal(print(table, 5), "N NAME WHAT     RUN\n"
					     "1 lon… lon… 9999999\n");
}

static void number_is(uint64_t number, const char *expected)
{
	static const struct column one[] = { { "", COLUMN_LEFT }, {} };
	cleanup(table_drop) struct table *table = table_new(one);
	const char *text;

	table_add_number(table, number);
	text = strchr(print(table, 100), '\n') + 1;
	assert_memory_equal(text, expected, strlen(expected));
	assert_true(strlen(expected) <= 7);
}

static void large_numbers_are_shortened_downwards(void **state)
{
	(void)state;
	number_is(0, "0\n");
	number_is(9999999, "9999999");
	number_is(10000000, "10.0M");
	number_is(12399999, "12.3M");
	number_is(999999999, "999.9M");
	number_is(1000000000, "1.0G");
	number_is(UINT64_MAX, "18.4E");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_as_wide_as_what_is_in_them),
		cmocka_unit_test(wide_characters_take_two_columns),
		cmocka_unit_test(terminal_escapes_are_made_visible),
		cmocka_unit_test(the_widest_is_cut_first),
		cmocka_unit_test(headings_and_numbers_are_not_cut),
		cmocka_unit_test(large_numbers_are_shortened_downwards),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
