// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/unit/test.h"

#include "base/cleanup.h"
#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"

#include <string.h>

/* A job may be reading the list of devices when the next change is submitted. */
static void a_change_that_waits_does_not_touch_the_registry(void **state)
{
	struct manager manager = {};
	cleanup(error_done) struct error error = {};
	struct transaction *transaction = NULL;
	struct change *change = NULL;

	(void)state;
	assert_int_equal(change_new(&change_kinds[CHANGE_DETACH], &change, &error), 0);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(change_add_device(change, "eth0", NULL, &error), 0);
	assert_int_equal(transaction_new(&manager, change, &transaction, &error), 0);
	assert_null(manager.registry.devices);
	assert_int_equal(manager.registry.n_reserved, 0);
	transaction_begin(transaction);
	assert_int_equal(manager.registry.n_reserved, 3);
	transaction_drop(&transaction);
	registry_done(&manager.registry);
}

static void every_kind_of_change_has_a_name_of_its_own(void **state)
{
	(void)state;
	for (size_t i = 0; i < CHANGE_KIND_COUNT; i++) {
		assert_non_null(change_kinds[i].name);
		for (size_t j = 0; j < i; j++)
			assert_string_not_equal(change_kinds[i].name, change_kinds[j].name);
	}
}

static void a_setting_that_is_not_given_stays(void **state)
{
	const struct component_settings before = { 10, VERDICT_BIT(VERDICT_PASS), 0,
						   ON_FAILURE_DROP };
	struct component_options options = { .has_forbidden = true,
					     .settings.forbidden = VERDICT_BIT(VERDICT_TX) };
	struct component_settings after = component_options_apply(&options, before);

	(void)state;
	assert_int_equal(after.priority, before.priority);
	assert_int_equal(after.proceed, before.proceed);
	assert_int_equal(after.forbidden, VERDICT_BIT(VERDICT_TX));
	assert_int_equal(after.on_failure, before.on_failure);
	options = (struct component_options){ .has_priority = true,
					      .has_proceed = true,
					      .has_on_failure = true };
	after = component_options_apply(&options, before);
	assert_int_equal(after.priority, 0);
	assert_int_equal(after.proceed, 0);
	assert_int_equal(after.on_failure, ON_FAILURE_SKIP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_that_waits_does_not_touch_the_registry),
		cmocka_unit_test(every_kind_of_change_has_a_name_of_its_own),
		cmocka_unit_test(a_setting_that_is_not_given_stays),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
