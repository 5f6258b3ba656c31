// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The marks by which an object says which functions of a policy it needs or offers. */
#include "base/cleanup.h"
#include "object/function-mark.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

static int add_function(struct btf *btf, const char *name)
{
	int prototype = btf__add_func_proto(btf, 0);

	return btf__add_func(btf, name, BTF_FUNC_GLOBAL, prototype);
}

static void add_mark(struct btf *btf, const char *tag)
{
	assert_true(btf__add_decl_tag(btf, tag, add_function(btf, "f"), -1) > 0);
}

static void needed_and_offered_functions_are_found_by_their_marks(void **state)
{
	struct btf *btf = btf__new_empty();
	struct strings needed = {}, offered = {};

	(void)state;
	add_mark(btf, "xdpd:needs:parser");
	add_mark(btf, "xdpd:offers:hash_2");
	add_mark(btf, "xdpd:needs:parser");
	add_mark(btf, "xdpd:one_of:group");
	assert_int_equal(function_marks_read(btf, MARK_NEEDED, &needed), 0);
	assert_int_equal(function_marks_read(btf, MARK_OFFERED, &offered), 0);
	assert_int_equal(needed.n_items, 1);
	assert_string_equal(needed.items[0], "parser");
	assert_int_equal(offered.n_items, 1);
	assert_string_equal(offered.items[0], "hash_2");
	strings_done(&needed);
	strings_done(&offered);
	btf__free(btf);
}

/* This is what libbpf makes of a tag for a kernel without tags: bpf_object__sanitize_btf(). */
static void marks_are_found_on_kernels_without_declaration_tags(void **state)
{
	struct btf *btf = btf__new_empty();
	struct strings needed = {};

	(void)state;
	assert_true(btf__add_int(btf, "xdpd:needs:parser", 1, 0) > 0);
	assert_int_equal(function_marks_read(btf, MARK_NEEDED, &needed), 0);
	assert_int_equal(needed.n_items, 1);
	strings_done(&needed);
	btf__free(btf);
}

static void marks_without_a_name_of_c_are_ignored(void **state)
{
	static const char *const tags[] = { "xdpd:needs:",    "xdpd:needs:a b",	    "xdpd:needs:2a",
					    "xdpd:needs:a\n", "xdpd:needs:\x1b[0m", "xdpd:need:a" };
	struct btf *btf = btf__new_empty();
	struct strings needed = {};
	char tag[1024] = "xdpd:needs:";

	(void)state;
	for (size_t i = 0; i < array_size(tags); i++)
		add_mark(btf, tags[i]);
	memset(tag + strlen(tag), 'a', 512);
	add_mark(btf, tag);
	assert_int_equal(function_marks_read(btf, MARK_NEEDED, &needed), 0);
	assert_int_equal(needed.n_items, 0);
	btf__free(btf);
}

static void the_number_of_marks_is_limited(void **state)
{
	struct btf *btf = btf__new_empty();
	struct strings needed = {};
	char tag[64];

	(void)state;
	for (int i = 0; i < MARKS_MAX; i++) {
		snprintf(tag, sizeof(tag), "xdpd:needs:f%d", i);
		add_mark(btf, tag);
	}
	assert_int_equal(function_marks_read(btf, MARK_NEEDED, &needed), 0);
	assert_int_equal(needed.n_items, MARKS_MAX);
	strings_done(&needed);
	add_mark(btf, "xdpd:needs:one_more");
	assert_int_equal(function_marks_read(btf, MARK_NEEDED, &needed), -E2BIG);
	strings_done(&needed);
	btf__free(btf);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(needed_and_offered_functions_are_found_by_their_marks),
		cmocka_unit_test(marks_are_found_on_kernels_without_declaration_tags),
		cmocka_unit_test(marks_without_a_name_of_c_are_ignored),
		cmocka_unit_test(the_number_of_marks_is_limited),
	};

	return cmocka_run_group_tests_name("function mark", tests, NULL, NULL);
}
