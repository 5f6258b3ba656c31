/* What a component is loaded from, and when two are loaded from the same. */
#include "base/cleanup.h"
#include "daemon/kernel/component/spec.h"
#include "object/object.h"
#include "tests/unit/test.h"

#include <string.h>

static struct recipe recipe_of(const char *program)
{
	struct object object = { .label = (char *)"fw.o", .sha256 = "0123" };
	struct recipe recipe;

	assert_int_equal(recipe_init(&object, program, &recipe, NULL), 0);
	return recipe;
}

static int set(struct recipe *recipe, const char *value, struct error *error)
{
	const struct strings values = { 1, (char *[]){ (char *)value } };

	return recipe_set_values(recipe, &values, error);
}

static void a_value_takes_the_place_of_an_earlier_one_of_its_name(void **state)
{
	cleanup(recipe_done) struct recipe recipe = recipe_of("filter");
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(set(&recipe, "a=1", NULL), 0);
	assert_int_equal(set(&recipe, "ab=1", NULL), 0);
	assert_int_equal(set(&recipe, "a.b=x=y", NULL), 0);
	assert_int_equal(set(&recipe, "a=2", NULL), 0);
	assert_int_equal(recipe.values.n_items, 3);
	assert_string_equal(recipe.values.items[0], "ab=1");
	assert_string_equal(recipe.values.items[1], "a.b=x=y");
	assert_string_equal(recipe.values.items[2], "a=2");
	assert_int_equal(set(&recipe, "ab", NULL), 0);
	assert_int_equal(recipe.values.n_items, 2);
	assert_int_equal(set(&recipe, "ab", &error), -EINVAL);
	assert_non_null(strstr(error.message, "'ab'"));
}

static void equal_recipes_have_the_same_object_program_and_values(void **state)
{
	cleanup(recipe_done) struct recipe recipe = recipe_of("filter"),
					   other = recipe_of("filter"), copy = {};

	(void)state;
	assert_true(recipe_equal(&recipe, &other));
	set(&recipe, "a=1", NULL);
	assert_false(recipe_equal(&recipe, &other));
	set(&other, "a=1", NULL);
	assert_true(recipe_equal(&recipe, &other));
	assert_int_equal(recipe_copy(&recipe, &copy, NULL), 0);
	assert_true(recipe_equal(&recipe, &copy));
	set(&copy, "a", NULL);
	assert_false(recipe_equal(&recipe, &copy));
	assert_int_equal(recipe_set_slot(&recipe, "on_tcp", NULL), 0);
	assert_false(recipe_equal(&recipe, &other));
	assert_int_equal(recipe_set_slot(&other, "on_tcp", NULL), 0);
	assert_true(recipe_equal(&recipe, &other));
	assert_int_equal(recipe_set_slot(&other, "on_udp", NULL), 0);
	assert_false(recipe_equal(&recipe, &other));
	assert_int_equal(recipe_set_slot(&recipe, NULL, NULL), 0);
	assert_int_equal(recipe_set_slot(&other, NULL, NULL), 0);
	assert_true(recipe_equal(&recipe, &other));
	recipe.sha256[0] = other.sha256[0] = '\0'; /* adopted: nobody knows what they are */
	assert_false(recipe_equal(&recipe, &other));
}

static void what_is_bound_to_a_device_is_for_it_alone(void **state)
{
	cleanup(recipe_done) struct recipe recipe = recipe_of("filter"),
					   other = recipe_of("filter"), copy = {};

	(void)state;
	assert_true(recipe_can_be_shared(&recipe));
	recipe.devbound = true;
	assert_false(recipe_can_be_shared(&recipe));
	assert_false(recipe_equal(&recipe, &other));
	assert_int_equal(recipe_copy(&recipe, &copy, NULL), 0);
	assert_true(recipe_equal(&recipe, &copy));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_takes_the_place_of_an_earlier_one_of_its_name),
		cmocka_unit_test(equal_recipes_have_the_same_object_program_and_values),
		cmocka_unit_test(what_is_bound_to_a_device_is_for_it_alone),
	};

	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
