// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What is kept, replaced, moved, added and removed to turn a chain into another. */
#include "base/cleanup.h"
#include "daemon/chain/owner.h"
#include "daemon/chain/plan.h"
#include "daemon/control/edit/apply-others.h"
#include "tests/unit/test.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#define PASS VERDICT_BIT(VERDICT_PASS)

/* Objects are named by one letter. */
static struct component_spec component_spec_of(const char *letter)
{
	struct component_spec spec = { .label = "x.o", .program = "main" };

	memset(spec.sha256, *letter, SHA256_TEXT_SIZE - 1);
	return spec;
}

/*
 * From "a:10 b:20": names, which are also those of the objects, and priorities, in the order of the chain.
 */
static struct chain chain_of(const char *text)
{
	struct chain chain = { .entries = calloc(16, sizeof(*chain.entries)) };
	int priority, length;
	char name[8];

	for (; sscanf(text, " %7[^:]:%d%n", name, &priority, &length) == 2; text += length) {
		struct component_spec spec = component_spec_of(name);
		struct entry *entry = &chain.entries[chain.n_entries++];

		*entry = (struct entry){ .id = ++chain.last_id,
					 .name = strdup(name),
					 .settings.priority = priority,
					 .settings.proceed = PASS };
		component_spec_copy(&spec, &entry->spec, NULL);
	}
	return chain;
}

/* The specified components: "b=c:20" is b, made of object c. */
struct specified {
	char name[8];
	struct component_spec spec;
};

static size_t specify(const char *text, struct specified *specified,
		      struct component_config *configs)
{
	size_t count = 0;
	int priority, length;
	char object[8];

	while (sscanf(text, " %7[^=]=%7[^:]:%d%n", specified[count].name, object, &priority,
		      &length) == 3) {
		specified[count].spec = component_spec_of(object);
		configs[count] = (struct component_config){
			.name = specified[count].name,
			.settings.priority = priority,
			.settings.proceed = PASS,
			.spec = &specified[count].spec,
		};
		count++;
		text += length;
	}
	return count;
}

/* Formats steps as "keep a; set b: priority 1 > 2;". */
static void describe(const struct plan *plan, char *text, size_t size)
{
	FILE *stream = fmemopen(text, size, "w");

	for (size_t i = 0; i < plan->n_steps; i++) {
		const struct step *step = &plan->steps[i];

		fprintf(stream, "%s%s %s", i ? "; " : "", action_name(step->action), step->name);
		for (size_t j = 0; step->action != ACTION_ADD && j < step->diff.n_items; j++) {
			const struct field_diff *difference = &step->diff.items[j];

			if (!strcmp(difference->field, "object"))
				fprintf(stream, " object %c>%c", difference->before[7],
					difference->after[7]);
			else
				fprintf(stream, " %s %s>%s", difference->field, difference->before,
					difference->after);
		}
	}
	fclose(stream);
}

static void becomes(const char *before, const char *wanted, const char *steps, const char *after)
{
	struct component_config configs[16];
	struct specified specified[16];
	struct chain chain = chain_of(before);
	struct plan plan = { .ifname = strdup("eth0") };
	size_t count = specify(wanted, specified, configs);
	char text[512] = "", names[64] = "";

	assert_int_equal(plan_chain(&chain, count, configs, 16, &plan, NULL), 0);
	describe(&plan, text, sizeof(text));
	assert_string_equal(text, steps);
	assert_int_equal(plan.changes, strstr(text, "set ") || strstr(text, "add ") ||
					       strstr(text, "replace ") || strstr(text, "remove "));
	for (size_t i = 0; i < chain.n_entries; i++)
		sprintf(names + strlen(names), "%s%s%llu", i ? " " : "", chain.entries[i].name,
			(unsigned long long)chain.entries[i].id);
	assert_string_equal(names, after);
	plan_done(&plan);
	chain_done(&chain);
}

static void an_unchanged_component_is_kept(void **state)
{
	(void)state;
	becomes("", "", "", "");
	becomes("a:1 b:2", "a=a:1 b=b:2", "keep a; keep b", "a1 b2");
	becomes("a:1 b:1", "a=a:1 b=b:1", "keep a; keep b", "a1 b2");
}

static void new_components_are_added_and_others_removed(void **state)
{
	(void)state;
	becomes("", "a=a:1", "add a", "a1");
	becomes("a:1", "", "remove a", "");
	becomes("a:1 b:2", "b=b:2 c=c:3", "keep b; add c; remove a", "b2 c3");
	becomes("a:1 b:2", "c=c:0 a=a:1 b=b:2", "add c; keep a; keep b", "c3 a1 b2");
}

static void another_object_replaces_and_keeps_the_place_of_the_counters(void **state)
{
	(void)state;
	becomes("a:1 b:2", "a=z:1 b=b:2", "replace a object a>z; keep b", "a1 b2");
	becomes("a:1 b:2", "a=b:1 b=a:2", "replace a object a>b; replace b object b>a", "a1 b2");
	becomes("a:1 b:2", "a=z:3 b=b:2", "keep b; replace a object a>z priority 1>3", "b2 a1");
}

static void a_component_with_a_new_name_is_new(void **state)
{
	(void)state;
	becomes("a:1", "b=a:1", "add b; remove a", "b2");
}

static void priorities_sort_and_equals_are_as_in_the_file(void **state)
{
	(void)state;
	becomes("", "a=a:9 b=b:1 c=c:9 d=d:1", "add b; add d; add a; add c", "b1 d2 a3 c4");
	becomes("a:1 b:2", "a=a:5 b=b:2", "keep b; set a priority 1>5", "b2 a1");
	becomes("a:1 b:5", "a=a:2 b=b:5", "set a priority 1>2; keep b", "a1 b2");
}

static void only_components_that_moved_are_reported_as_moved(void **state)
{
	(void)state;
	becomes("a:1 b:1 c:1", "c=c:1 a=a:1 b=b:1", "set c place 2>0; keep a; keep b", "c3 a1 b2");
	becomes("a:1 b:1 c:1", "b=b:1 c=c:1 a=a:1", "keep b; keep c; set a place 0>2", "b2 c3 a1");
	becomes("a:1 b:1 c:1", "x=x:1 b=b:1 c=c:1", "add x; keep b; keep c; remove a", "x4 b2 c3");
	becomes("a:1 b:1 c:1 d:1", "d=d:1 c=c:1 b=b:1 a=a:1",
		"keep d; set c place 2>1; set b place 1>2; set a place 0>3", "d4 c3 b2 a1");
}

static void refuses(const char *before, size_t count, const struct component_config *configs,
		    const char *sentence)
{
	struct chain chain = chain_of(before);
	struct plan plan = { .ifname = strdup("eth0") };
	struct error error = {};

	assert_true(plan_chain(&chain, count, configs, 2, &plan, &error) < 0);
	assert_string_equal(error.message, sentence);
	error_done(&error);
	plan_done(&plan);
	chain_done(&chain);
}

static void names_are_unique_and_the_chain_ends_somewhere(void **state)
{
	struct component_spec spec = component_spec_of("a");
	const struct component_config twice[] = { { .name = "a", .spec = &spec },
						  { .name = "a", .spec = &spec },
						  { .name = "c", .spec = &spec } };
	const struct component_config adopted = { .name = "a" };

	(void)state;
	refuses("a:1 b:2", 2, twice, "eth0 would have two components named 'a'");
	refuses("a:1", 3, twice, "eth0 would have 3 components; the maximum is 2");
	refuses("a:1", 1, &adopted,
		"eth0: component 'a' needs an object; only a component adopted without one may "
		"omit it");
	refuses("", 1, &adopted,
		"eth0: component 'a' needs an object; only a component adopted without one may "
		"omit it");
}

static void what_was_adopted_needs_no_object(void **state)
{
	struct chain chain = chain_of("a:1");
	struct component_config adopted = { .name = "a",
					    .settings.priority = 1,
					    .settings.proceed = PASS };
	struct component_spec spec = component_spec_of("b");
	struct plan first = { .ifname = strdup("eth0") }, second = { .ifname = strdup("eth0") };

	(void)state;
	chain.entries[0].spec.sha256[0] = '\0';
	assert_int_equal(plan_chain(&chain, 1, &adopted, 2, &first, NULL), 0);
	assert_false(first.changes);
	adopted.spec = &spec;
	assert_int_equal(plan_chain(&chain, 1, &adopted, 2, &second, NULL), 0);
	assert_int_equal(second.steps[0].action, ACTION_REPLACE);
	assert_null(second.steps[0].diff.items[0].before);
	plan_done(&first);
	plan_done(&second);
	chain_done(&chain);
}

/* A program that returns what its code shows, or, without code, any verdict. */
static void warns(verdict_set proceed, verdict_set forbidden, struct program_code code,
		  const char *sentence)
{
	struct component component = { .node = { .holders = 9 }, .code = code };
	struct chain chain = chain_of("a:1 parked:2 missing:3 b:4");
	struct plan plan = {};

	chain.entries[0].settings.proceed = proceed;
	chain.entries[0].settings.forbidden = forbidden;
	chain.entries[1].parked = true;
	for (size_t i = 0; i < chain.n_entries; i++)
		chain.entries[i].component = i == 2 ? NULL : &component;
	chain.entries[3].settings.proceed = 0; /* no component comes after it */
	assert_int_equal(plan_warn(&plan, &chain, NULL), 0);
	assert_int_equal(plan.warnings.n_items, sentence != NULL);
	if (sentence)
		assert_string_equal(plan.warnings.items[0], sentence);
	plan_done(&plan);
	chain_done(&chain);
}

static void a_plan_warns_of_verdicts_that_skip_components(void **state)
{
	const verdict_set drop = VERDICT_BIT(VERDICT_DROP), tx = VERDICT_BIT(VERDICT_TX),
			  redirect = VERDICT_BIT(VERDICT_REDIRECT);
	struct bpf_insn sends[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = VERDICT_TX },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	const struct program_code any = {},
				  tx_only = { .instructions = sends, .n_instructions = 2 };

	(void)state;
	warns(PASS, 0, tx_only,
	      "'a' may return tx, which is not in its proceed set; such packets skip 'b'");
	warns(PASS, redirect, any,
	      "'a' may return tx, which is not in its proceed set; such packets skip 'b'");
	warns(PASS | tx, 0, tx_only, NULL);
	warns(PASS, tx, tx_only, NULL);
	warns(PASS | tx | redirect, drop, any, NULL);
	warns(0, redirect, any,
	      "'a' may return pass,tx, which is not in its proceed set; such packets skip 'b'");
}

/* The owner's file, together with what it leaves alone, has these components in this order. */
static void merges(const struct chain *chain, const char *owner, const char *wanted,
		   const char *expected)
{
	cleanup(freep) struct component_config *all = NULL;
	struct component_config configs[8];
	struct specified specified[8];
	size_t n_configs = specify(wanted, specified, configs), n = 0;
	char names[64] = "";

	assert_int_equal(apply_add_others(chain, owner, n_configs, configs, "eth0", &all, &n, NULL),
			 0);
	for (size_t i = 0; i < n; i++)
		strcat(names, all[i].name);
	assert_string_equal(names, expected);
}

/* "b=c:20" as above; the names of what apply_add_others() makes of them, in order. */
static void with_leased(const char *chain_text, const char *leased, const char *wanted,
			const char *expected)
{
	struct chain chain = chain_of(chain_text);

	for (size_t i = 0; i < chain.n_entries; i++)
		if (strchr(leased, *chain.entries[i].name))
			chain.entries[i].lease = LEASE_ENDED;
	merges(&chain, NULL, wanted, expected);
	chain_done(&chain);
}

static void components_of_clients_stay_at_their_places(void **state)
{
	(void)state;
	with_leased("a:10 b:10 c:10", "b", "a=a:10 c=c:10", "abc");
	with_leased("a:10 b:10 c:10", "abc", "", "abc");
	with_leased("a:10 b:10", "a", "b=b:10", "ab");
	with_leased("a:10 b:10", "a", "c=c:10", "ac");
	with_leased("a:10 b:20", "a", "b=b:20 d=d:20", "abd");
	with_leased("a:10", "", "a=a:10", "a");
}

static void a_name_of_a_client_is_taken(void **state)
{
	struct chain chain = chain_of("a:10");
	cleanup(error_done) struct error error = {};
	struct component_config configs[2], *all = NULL;
	struct specified specified[2];
	size_t n = 0;

	(void)state;
	chain.entries[0].lease = 1;
	specify("a=a:10", specified, configs);
	assert_int_equal(apply_add_others(&chain, NULL, 1, configs, "eth0", &all, &n, &error),
			 -EEXIST);
	assert_int_equal(error.id, ERROR_NAME_TAKEN);
	chain_done(&chain);
}

/* The components named in `others` belong to another owner, or, as capitals, to none. */
static void with_others(const char *chain_text, const char *others, const char *wanted,
			const char *expected)
{
	struct chain chain = chain_of(chain_text);

	for (size_t i = 0; i < chain.n_entries; i++)
		if (islower(*chain.entries[i].name))
			chain.entries[i].owner =
				strdup(strchr(others, *chain.entries[i].name) ? "green" : "red");
	merges(&chain, "red", wanted, expected);
	chain_done(&chain);
}

static void components_of_other_owners_stay_at_their_places(void **state)
{
	(void)state;
	with_others("a:10 x:10 b:10", "x", "a=a:10 b=b:10", "axb");
	with_others("a:10 x:10 b:10", "x", "b=b:10 a=a:10", "xba");
	with_others("a:10 X:10 b:20", "", "", "X");
	with_others("a:10 x:10 b:20 Y:30", "x", "b=b:20 c=c:25 a=a:40", "xbcYa");
	with_others("x:10 y:10", "xy", "c=c:10 d=d:5 e=e:11", "dxyce");
	with_others("a:10 x:10", "x", "c=c:10 a=a:10", "cax");
	with_others("a:10 x:10", "x", "a=a:10 c=c:10", "axc");
	with_others("a:10 x:20 y:20", "xy", "a=a:20", "xya");
}

static void an_owner_cannot_have_a_name_that_another_one_has(void **state)
{
	struct chain chain = chain_of("a:10 b:10");
	cleanup(error_done) struct error error = {};
	struct component_config configs[2], *all = NULL;
	struct specified specified[2];
	size_t n = 0;

	(void)state;
	chain.entries[0].owner = strdup("green");
	specify("a=a:10", specified, configs);
	assert_int_equal(apply_add_others(&chain, "red", 1, configs, "eth0", &all, &n, &error),
			 -EEXIST);
	assert_string_equal(error.message, "eth0 already has a component 'a', which belongs to "
					   "owner 'green', so owner 'red' cannot have one with "
					   "that name; choose another name");
	error_done(&error);
	specify("b=b:10", specified, configs);
	assert_int_equal(apply_add_others(&chain, "red", 1, configs, "eth0", &all, &n, &error),
			 -EEXIST);
	assert_string_equal(error.message, "eth0 already has a component 'b' without an owner, so "
					   "owner 'red' cannot have one with that name; choose "
					   "another name");
	chain_done(&chain);
}

static void a_new_owner_is_a_setting(void **state)
{
	struct chain chain = chain_of("a:10");
	struct component_config config = { .name = "a",
					   .owner = "red",
					   .settings = chain.entries[0].settings,
					   .spec = &chain.entries[0].spec };
	struct plan plan = { .ifname = strdup("eth0") };
	char steps[64];

	(void)state;
	assert_int_equal(plan_chain(&chain, 1, &config, 10, &plan, NULL), 0);
	describe(&plan, steps, sizeof(steps));
	assert_string_equal(steps, "set a owner (null)>red");
	assert_string_equal(chain.entries[0].owner, "red");
	plan_done(&plan);
	chain_done(&chain);
}

static void owners_have_names_that_a_file_can_have(void **state)
{
	const char *const good[] = { NULL, "a", "web-1.x", "chains.d/web", "team:a@b", "_x" };
	const char *const bad[] = { "", "-a", "/a", "a b", "a'", "a\n", "\xc3\xa4" };

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_int_equal(owner_check(good[i], NULL), 0);
	for (size_t i = 0; i < array_size(bad); i++)
		assert_int_equal(owner_check(bad[i], NULL), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_unchanged_component_is_kept),
		cmocka_unit_test(new_components_are_added_and_others_removed),
		cmocka_unit_test(another_object_replaces_and_keeps_the_place_of_the_counters),
		cmocka_unit_test(a_component_with_a_new_name_is_new),
		cmocka_unit_test(priorities_sort_and_equals_are_as_in_the_file),
		cmocka_unit_test(only_components_that_moved_are_reported_as_moved),
		cmocka_unit_test(names_are_unique_and_the_chain_ends_somewhere),
		cmocka_unit_test(what_was_adopted_needs_no_object),
		cmocka_unit_test(a_plan_warns_of_verdicts_that_skip_components),
		cmocka_unit_test(components_of_clients_stay_at_their_places),
		cmocka_unit_test(a_name_of_a_client_is_taken),
		cmocka_unit_test(components_of_other_owners_stay_at_their_places),
		cmocka_unit_test(an_owner_cannot_have_a_name_that_another_one_has),
		cmocka_unit_test(a_new_owner_is_a_setting),
		cmocka_unit_test(owners_have_names_that_a_file_can_have),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
