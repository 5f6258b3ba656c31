// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What a component is loaded from, and when two specs are equal. */
#include "base/cleanup.h"
#include "daemon/kernel/component/spec.h"
#include "object/object.h"
#include "tests/unit/test.h"

#include <string.h>

static struct component_spec component_spec_of(const char *program)
{
	struct object object = { .label = (char *)"fw.o", .sha256 = "0123" };
	struct component_spec spec;

	assert_int_equal(component_spec_init(&object, program, &spec, NULL), 0);
	return spec;
}

static int set(struct component_spec *spec, const char *value, struct error *error)
{
	const struct strings values = { 1, (char *[]){ (char *)value } };

	return component_spec_set_values(spec, &values, error);
}

static void a_value_replaces_an_earlier_one_of_its_name(void **state)
{
	cleanup(component_spec_done) struct component_spec spec = component_spec_of("filter");
	cleanup(error_done) struct error error = {};

	(void)state;
	assert_int_equal(set(&spec, "a=1", NULL), 0);
	assert_int_equal(set(&spec, "ab=1", NULL), 0);
	assert_int_equal(set(&spec, "a.b=x=y", NULL), 0);
	assert_int_equal(set(&spec, "a=2", NULL), 0);
	assert_int_equal(spec.values.n_items, 3);
	assert_string_equal(spec.values.items[0], "ab=1");
	assert_string_equal(spec.values.items[1], "a.b=x=y");
	assert_string_equal(spec.values.items[2], "a=2");
	assert_int_equal(set(&spec, "ab", NULL), 0);
	assert_int_equal(spec.values.n_items, 2);
	assert_int_equal(set(&spec, "ab", &error), -EINVAL);
	assert_non_null(strstr(error.message, "'ab'"));
}

static void equal_specs_have_the_same_object_program_and_values(void **state)
{
	cleanup(component_spec_done) struct component_spec spec = component_spec_of("filter"),
							   other = component_spec_of("filter"),
							   copy = {};

	(void)state;
	assert_true(component_spec_equal(&spec, &other));
	set(&spec, "a=1", NULL);
	assert_false(component_spec_equal(&spec, &other));
	set(&other, "a=1", NULL);
	assert_true(component_spec_equal(&spec, &other));
	assert_int_equal(component_spec_copy(&spec, &copy, NULL), 0);
	assert_true(component_spec_equal(&spec, &copy));
	set(&copy, "a", NULL);
	assert_false(component_spec_equal(&spec, &copy));
	assert_int_equal(component_spec_set_slot(&spec, "on_tcp", NULL), 0);
	assert_false(component_spec_equal(&spec, &other));
	assert_int_equal(component_spec_set_slot(&other, "on_tcp", NULL), 0);
	assert_true(component_spec_equal(&spec, &other));
	assert_int_equal(component_spec_set_slot(&other, "on_udp", NULL), 0);
	assert_false(component_spec_equal(&spec, &other));
	assert_int_equal(component_spec_set_slot(&spec, NULL, NULL), 0);
	assert_int_equal(component_spec_set_slot(&other, NULL, NULL), 0);
	assert_true(component_spec_equal(&spec, &other));
	spec.sha256[0] = other.sha256[0] = '\0'; /* adopted: their objects are unknown */
	assert_false(component_spec_equal(&spec, &other));
}

static void a_bound_component_is_for_one_device(void **state)
{
	cleanup(component_spec_done) struct component_spec spec = component_spec_of("filter"),
							   other = component_spec_of("filter"),
							   copy = {};

	(void)state;
	assert_true(component_spec_can_be_shared(&spec));
	spec.devbound = true;
	assert_false(component_spec_can_be_shared(&spec));
	assert_false(component_spec_equal(&spec, &other));
	assert_int_equal(component_spec_copy(&spec, &copy, NULL), 0);
	assert_true(component_spec_equal(&spec, &copy));
}

static void a_component_that_was_not_checked_does_not_serve_where_it_must_be(void **state)
{
	cleanup(component_spec_done) struct component_spec spec = component_spec_of("filter"),
							   other = component_spec_of("other"),
							   copy = {};

	(void)state;
	spec.restricted = true;
	assert_int_equal(component_spec_copy(&spec, &copy, NULL), 0);
	assert_true(copy.restricted);
	assert_true(component_spec_serves(&copy, &spec));
	copy.restricted = false;
	assert_true(component_spec_equal(&copy, &spec));
	assert_false(component_spec_serves(&copy, &spec));
	assert_true(component_spec_serves(&spec, &copy));
	assert_false(component_spec_serves(&spec, &other));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_value_replaces_an_earlier_one_of_its_name),
		cmocka_unit_test(equal_specs_have_the_same_object_program_and_values),
		cmocka_unit_test(a_bound_component_is_for_one_device),
		cmocka_unit_test(a_component_that_was_not_checked_does_not_serve_where_it_must_be),
	};

	return cmocka_run_group_tests_name("recipe", tests, NULL, NULL);
}
