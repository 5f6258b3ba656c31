// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How devices are identified other than by name. */
#include "base/cleanup.h"
#include "daemon/kernel/netdev-match.h"
#include "tests/unit/test.h"

#include <string.h>

static void addresses_and_names_are_taken(void **state)
{
	static const char *const good[] = { "mac=02:00:00:00:12:34", "mac=2:0:0:0:12:F",
					    "permaddr=aa:bb:cc:dd:ee:ff", "altname=uplink",
					    "altname=enp0s31f6=1" };

	(void)state;
	for (size_t i = 0; i < array_size(good); i++)
		assert_int_equal(netdev_match_check(good[i], NULL), 0);
}

static void an_invalid_match_is_named_in_the_refusal(void **state)
{
	static const char *const bad[] = { "",
					   "mac",
					   "mac=",
					   "mac=02:00:00:00:12",
					   "mac=02:00:00:00:12:xx",
					   "Mac=02:00:00:00:12:34",
					   "permaddr=uplink",
					   "altname=",
					   "altname=a b",
					   "altname=../x",
					   "name=eth0" };

	(void)state;
	for (size_t i = 0; i < array_size(bad); i++) {
		cleanup(error_done) struct error error = {};

		if (netdev_match_check(bad[i], &error) == 0)
			fail_msg("'%s' is taken", bad[i]);
		assert_int_equal(error.id, ERROR_INVALID_ARGUMENT);
		assert_non_null(strstr(error.message, bad[i]));
	}
}

static void a_missing_device_cannot_be_identified(void **state)
{
	(void)state;
	assert_int_equal(netdev_match_find("altname=there-is-no-such-device"), 0);
	assert_false(netdev_match_holds("mac=02:00:00:00:12:34", 1, "lo"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_and_names_are_taken),
		cmocka_unit_test(an_invalid_match_is_named_in_the_refusal),
		cmocka_unit_test(a_missing_device_cannot_be_identified),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
