#include "tests/unit/test.h"

#include "base/cleanup.h"
#include "daemon/control/pipeline/change-kinds.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/transaction.h"

#include <string.h>

/* A job may be walking the list of devices when the next change is made. */
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

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_change_that_waits_does_not_touch_the_registry),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
