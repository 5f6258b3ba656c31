// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/error.h"
#include "tests/unit/test.h"

#include <errno.h>

static void the_first_cause_is_kept(void **state)
{
	struct error error = {};

	(void)state;
	assert_int_equal(error_set(&error, ERROR_NAME_TAKEN, -EEXIST, "name '%s'", "fw"), -EEXIST);
	assert_int_equal(error_set(&error, ERROR_INTERNAL, -EINVAL, "later"), -EINVAL);
	assert_int_equal(error.id, ERROR_NAME_TAKEN);
	assert_string_equal(error.message, "name 'fw'");
	error_prefix(&error, "%s: ", "eth0");
	assert_string_equal(error.message, "eth0: name 'fw'");
	error_append(&error, "; %s", "choose another");
	assert_string_equal(error.message, "eth0: name 'fw'; choose another");
	error_detail(&error, "first");
	error_detail(&error, "second");
	assert_string_equal(error.detail, "first");
	error_done(&error);
	assert_int_equal(error.id, ERROR_NONE);
	assert_int_equal(error_set(NULL, ERROR_INTERNAL, -EIO, "nobody listens"), -EIO);
}

static void every_error_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (enum error_id id = ERROR_NONE + 1; id < ERROR_COUNT; id++)
		for (enum error_id other = ERROR_NONE + 1; other < id; other++)
			assert_string_not_equal(error_name(id), error_name(other));
	assert_string_equal(error_name(ERROR_COUNT), error_name(ERROR_INTERNAL));
	assert_string_equal(errno_name(-ENOENT), "ENOENT");
}

static void temporary_errors_are_recognised(void **state)
{
	(void)state;
	assert_true(errno_is_passing(-ENOMEM) && errno_is_passing(EINTR));
	assert_false(errno_is_passing(-ENOENT) || errno_is_passing(EPERM) || errno_is_passing(0));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_cause_is_kept),
		cmocka_unit_test(every_error_has_a_name_of_its_own),
		cmocka_unit_test(temporary_errors_are_recognised),
	};

	return cmocka_run_group_tests_name("error", tests, NULL, NULL);
}
