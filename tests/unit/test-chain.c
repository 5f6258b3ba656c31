// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/chain/chain.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* The names of the chain, as "a b c". */
static const char *names(const struct chain *chain)
{
	static char text[256];

	text[0] = '\0';
	for (size_t i = 0; i < chain->n_entries; i++) {
		strcat(text, i ? " " : "");
		strcat(text, chain->entries[i].name);
	}
	return text;
}

static int insert(struct chain *chain, const char *name, int priority, const char *before,
		  const char *after, struct error *error)
{
	const struct position position = {
		.name = name,
		.has_priority = priority >= 0,
		.settings.priority = priority >= 0 ? priority : PRIORITY_DEFAULT,
		.before = before,
		.after = after,
	};
	struct entry *entry;

	return chain_insert(chain, &position, 4, "eth0", &entry, error);
}

static void expect_name(const char *name, bool is_taken)
{
	cleanup(error_done) struct error error = {};
	struct chain chain = {};
	int result = insert(&chain, name, 50, NULL, NULL, &error);

	if ((result == 0) != is_taken)
		fail_msg("'%s': %s", name, error.message ?: "it was taken");
	if (!is_taken)
		assert_non_null(strstr(error.message, "cannot be the name of a component"));
	chain_done(&chain);
}

static void names_have_a_grammar(void **state)
{
	static const char *const good[] = { "a",      "fw2",	  "_x",		  "0",
					    "a.b-c",  "libbpf+1", "core.llvm.42", "_ZN3foo$LT$x",
					    "防火墙", "Zürich",	  "a..b" };
	static const char *const bad[] = { "",	       ".",	   "..",       "@policy", "a/b",
					   "/",	       "--all",	   "-x",       "a b",	  " a",
					   "a:b",      "reader:x", "a,b",      "a=b",	  "a\nb",
					   "a\tb",     "$x",	   "+x",       "a%b",	  "a\\b",
					   "a'b",      "a\"b",	   "a*",       "a\x1b[m", "\u202ea",
					   "a\u200bb", "a\u3000b", "a\u00a0b", "\xff",	  "a\xc2" };
	char longest[257] = "";

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		expect_name(good[i], true);
	for (size_t i = 0; i < array_size(bad); i++)
		expect_name(bad[i], false);
	memset(longest, 'x', 255);
	expect_name(longest, true);
	memset(longest, 'x', 256);
	expect_name(longest, false);
}

static void lower_priorities_run_first_and_equals_by_age(void **state)
{
	struct chain chain = {};

	(void)state;
	assert_int_equal(insert(&chain, "z", 50, NULL, NULL, NULL), 0);
	assert_int_equal(insert(&chain, "a", 50, NULL, NULL, NULL), 0);
	assert_int_equal(insert(&chain, "first", 0, NULL, NULL, NULL), 0);
	assert_int_equal(insert(&chain, "last", 65535, NULL, NULL, NULL), 0);
	assert_string_equal(names(&chain), "first z a last");
	chain_done(&chain);
}

static void neighbours_give_place_and_priority(void **state)
{
	struct error error = {};
	struct chain chain = {};

	(void)state;
	insert(&chain, "low", 10, NULL, NULL, NULL);
	insert(&chain, "high", 90, NULL, NULL, NULL);
	assert_int_equal(insert(&chain, "before", -1, "high", NULL, NULL), 0);
	assert_string_equal(names(&chain), "low before high");
	assert_int_equal(chain_find(&chain, "before")->settings.priority, 90);
	assert_int_equal(insert(&chain, "after", 60, NULL, "low", NULL), 0);
	assert_string_equal(names(&chain), "low after before high");
	assert_int_equal(chain_remove(&chain, "after", "eth0", NULL), 0);
	assert_int_equal(insert(&chain, "wrong", 95, "before", NULL, &error), -EINVAL);
	assert_int_equal(error.id, ERROR_INVALID_ARGUMENT);
	error_done(&error);
	assert_int_equal(insert(&chain, "wrong", -1, "nobody", NULL, &error), -ENOENT);
	assert_non_null(strstr(error.message, "'nobody'"));
	error_done(&error);
	assert_string_equal(names(&chain), "low before high");
	chain_done(&chain);
}

static int move(struct chain *chain, const char *name, int priority, const char *before,
		const char *after, struct error *error)
{
	const struct position position = {
		.name = name,
		.has_priority = priority >= 0,
		.settings.priority = priority >= 0 ? priority : 50,
		.settings.proceed = VERDICT_BIT(VERDICT_TX),
		.before = before,
		.after = after,
	};

	return chain_move(chain, &position, "eth0", error);
}

static void a_moved_entry_stays_what_it_is(void **state)
{
	cleanup(chain_done) struct chain chain = {};
	cleanup(error_done) struct error error = {};
	uint64_t id;

	(void)state;
	insert(&chain, "a", 10, NULL, NULL, NULL);
	insert(&chain, "b", 20, NULL, NULL, NULL);
	insert(&chain, "c", 30, NULL, NULL, NULL);
	id = chain_find(&chain, "a")->id;
	assert_int_equal(move(&chain, "a", 20, NULL, NULL, NULL), 0);
	assert_string_equal(chain.entries[1].name, "a");
	assert_int_equal(chain.entries[1].id, id);
	assert_int_equal(chain.entries[1].settings.priority, 20);
	assert_int_equal(move(&chain, "a", -1, NULL, "c", NULL), 0);
	assert_string_equal(chain.entries[2].name, "a");
	assert_int_equal(chain.entries[2].settings.priority, 30);
	assert_int_equal(move(&chain, "a", -1, NULL, NULL, NULL), 0);
	assert_string_equal(chain.entries[2].name, "a");
	assert_int_equal(chain.entries[2].settings.proceed, VERDICT_BIT(VERDICT_TX));
	assert_int_equal(move(&chain, "a", -1, "nobody", NULL, &error), -ENOENT);
	assert_int_equal(move(&chain, "a", -1, "a", NULL, NULL), -EINVAL);
	assert_int_equal(move(&chain, "a", 5, NULL, "b", NULL), -EINVAL);
	assert_int_equal(chain.n_entries, 3);
	assert_string_equal(chain.entries[2].name, "a");
	assert_int_equal(chain.entries[2].settings.priority, 30);
}

static void refusals_leave_the_chain_as_it_was(void **state)
{
	struct error error = {};
	struct chain chain = {};

	(void)state;
	insert(&chain, "a", 1, NULL, NULL, NULL);
	assert_int_equal(insert(&chain, "a", 2, NULL, NULL, &error), -EEXIST);
	assert_int_equal(error.id, ERROR_NAME_TAKEN);
	error_done(&error);
	assert_int_equal(chain_remove(&chain, "b", "eth0", &error), -ENOENT);
	error_done(&error);
	insert(&chain, "b", 2, NULL, NULL, NULL);
	insert(&chain, "c", 3, NULL, NULL, NULL);
	insert(&chain, "d", 4, NULL, NULL, NULL);
	assert_int_equal(insert(&chain, "e", 5, NULL, NULL, &error), -ENOSPC);
	assert_int_equal(error.id, ERROR_CHAIN_FULL);
	assert_non_null(strstr(error.message, "4"));
	error_done(&error);
	assert_string_equal(names(&chain), "a b c d");
	chain_done(&chain);
}

static void a_copy_is_independent_and_ids_are_never_used_again(void **state)
{
	struct chain chain = {}, copy;
	uint64_t id;

	(void)state;
	insert(&chain, "a", 1, NULL, NULL, NULL);
	id = chain_find(&chain, "a")->id;
	assert_int_equal(chain_copy(&chain, &copy, NULL), 0);
	chain_clear(&chain);
	assert_int_equal(chain.n_entries, 0);
	assert_string_equal(names(&copy), "a");
	insert(&chain, "a", 1, NULL, NULL, NULL);
	assert_int_not_equal(chain_find(&chain, "a")->id, id);
	assert_ptr_equal(chain_find_id(&copy, id), &copy.entries[0]);
	chain_done(&chain);
	chain_done(&copy);
}

static void a_parked_component_has_no_place(void **state)
{
	struct chain chain = {};

	(void)state;
	insert(&chain, "a", 10, NULL, NULL, NULL);
	insert(&chain, "b", 20, NULL, NULL, NULL);
	assert_string_equal(chain_last(&chain)->name, "b");
	chain_find(&chain, "b")->parked = true;
	assert_int_equal(component_spec_set_slot(&chain_find(&chain, "b")->spec, "on_tcp", NULL),
			 0);
	assert_string_equal(chain_last(&chain)->name, "a");
	assert_null(chain_find_slot(&chain, "on_tcp"));
	chain_find(&chain, "b")->parked = false;
	assert_string_equal(chain_find_slot(&chain, "on_tcp")->name, "b");
	assert_null(chain_find_slot(&chain, "on_udp"));
	chain_find(&chain, "a")->parked = chain_find(&chain, "b")->parked = true;
	assert_null(chain_last(&chain));
	chain_done(&chain);
}

static void a_policy_is_copied_and_counts_as_loaded(void **state)
{
	struct component component = { .id = 7,
				       .spec.label = (char *)"my.o",
				       .spec.program = (char *)"my_policy" };
	struct chain chain = {}, copy;

	(void)state;
	assert_int_equal(node_init(&component.node, NULL, 0, NULL), 0);
	insert(&chain, "a", 10, NULL, NULL, NULL);
	assert_null(chain_nth(&chain, 1));
	assert_int_equal(chain_set_policy(&chain, &component, NULL), 0);
	assert_string_equal(chain_nth(&chain, 0)->name, "a");
	assert_string_equal(chain_nth(&chain, 1)->name, "my_policy");
	assert_null(chain_nth(&chain, 2));
	assert_null(chain_last(&chain));
	assert_ptr_equal(chain_find_loaded(&chain, 7), &component);
	assert_int_equal(chain_copy(&chain, &copy, NULL), 0);
	assert_int_equal(chain_set_policy(&chain, NULL, NULL), 0);
	assert_null(chain.policy);
	assert_ptr_equal(copy.policy->component, &component);
	chain_done(&chain);
	chain_done(&copy);
	assert_int_equal(component.node.holders, 1);
	free(component.node.needs);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_have_a_grammar),
		cmocka_unit_test(lower_priorities_run_first_and_equals_by_age),
		cmocka_unit_test(neighbours_give_place_and_priority),
		cmocka_unit_test(a_moved_entry_stays_what_it_is),
		cmocka_unit_test(refusals_leave_the_chain_as_it_was),
		cmocka_unit_test(a_copy_is_independent_and_ids_are_never_used_again),
		cmocka_unit_test(a_parked_component_has_no_place),
		cmocka_unit_test(a_policy_is_copied_and_counts_as_loaded),
	};

	return cmocka_run_group_tests_name("chain", tests, NULL, NULL);
}
