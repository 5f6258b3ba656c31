// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Which maps are shared with which components, as options and as kept state. */
#include "base/cleanup.h"
#include "daemon/kernel/component/map-share.h"
#include "tests/unit/test.h"

#include <string.h>

static int set(struct map_shares *shares, const char *text, int pin, struct error *error)
{
	const struct strings texts = { 1, (char *[]){ (char *)text } };

	return map_shares_set(shares, &texts, pin >= 0, &pin, error);
}

static void sources_are_components_or_pins(void **state)
{
	cleanup(map_shares_done) struct map_shares shares = {};
	const struct map_share *share;
	size_t length;

	(void)state;
	assert_int_equal(set(&shares, "a=fw:m", -1, NULL), 0);
	assert_int_equal(set(&shares, "b=pin:/sys/fs/bpf/x", 7, NULL), 0);
	/* Here "pin" is the name of a component. */
	assert_int_equal(set(&shares, "c=pin:m", -1, NULL), 0);
	assert_int_equal(set(&shares, "d=a:b=c:m", -1, NULL), 0);
	share = map_shares_find(&shares, "a");
	assert_null(map_share_path(share));
	assert_string_equal(map_share_map(share, &length), "m");
	assert_int_equal(length, 2);
	share = map_shares_find(&shares, "b");
	assert_string_equal(map_share_path(share), "/sys/fs/bpf/x");
	assert_int_equal(share->fd, 7);
	assert_null(map_share_path(map_shares_find(&shares, "c")));
	share = map_shares_find(&shares, "d");
	assert_string_equal(map_share_map(share, &length), "m");
	assert_int_equal(length, strlen("a:b=c"));
}

static void a_share_replaces_an_earlier_one_of_its_name(void **state)
{
	cleanup(map_shares_done) struct map_shares shares = {}, kept = {};
	cleanup(error_done) struct error error = {};

	(void)state;
	set(&shares, "a=fw:m", -1, NULL);
	set(&shares, "b=fw:m", -1, NULL);
	set(&shares, "a=lb:m", -1, NULL);
	assert_int_equal(shares.n_items, 2);
	assert_string_equal(map_shares_find(&shares, "a")->from, "lb:m");
	set(&kept, "a=other:m", -1, NULL);
	assert_int_equal(map_shares_keep(&kept, &shares), 0);
	assert_string_equal(map_shares_find(&kept, "a")->from, "other:m");
	assert_string_equal(map_shares_find(&kept, "b")->from, "fw:m");
	assert_false(map_shares_equal(&kept, &shares));
	assert_int_equal(set(&kept, "a", -1, NULL), 0);
	assert_null(map_shares_find(&kept, "a"));
	assert_int_equal(map_shares_keep(&kept, &shares), 0);
	assert_true(map_shares_equal(&kept, &shares)); /* the order does not matter */
	assert_int_equal(set(&kept, "nosuch", -1, &error), -EINVAL);
}

static void invalid_shares_are_refused(void **state)
{
	static const char *const texts[] = { "", "a", "a=", "=fw:m", "a=fw", "a=fw:", "a=:m" };
	cleanup(map_shares_done) struct map_shares shares = {};

	(void)state;
	for (size_t i = 0; i < array_size(texts); i++) {
		cleanup(error_done) struct error error = {};

		assert_int_equal(set(&shares, texts[i], -1, &error), -EINVAL);
		assert_non_null(strstr(error.message, texts[i]));
	}
	assert_int_equal(shares.n_items, 0);
	assert_int_equal(map_shares_add(&shares, "a", "fw", 1), -EINVAL);
	assert_int_equal(map_shares_add(&shares, "", "fw:m", 1), -EINVAL);
}

static void every_pin_has_its_descriptor(void **state)
{
	cleanup(map_shares_done) struct map_shares shares = {};
	cleanup(error_done) struct error missing = {}, superfluous = {};

	(void)state;
	assert_int_equal(set(&shares, "a=pin:/x", -1, &missing), -EBADF);
	assert_int_equal(set(&shares, "a=fw:m", 7, &superfluous), -EINVAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(sources_are_components_or_pins),
		cmocka_unit_test(a_share_replaces_an_earlier_one_of_its_name),
		cmocka_unit_test(invalid_shares_are_refused),
		cmocka_unit_test(every_pin_has_its_descriptor),
	};

	return cmocka_run_group_tests_name("map-share", tests, NULL, NULL);
}
