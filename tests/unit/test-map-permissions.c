// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Owners and modes of maps: parsed, merged, withdrawn and formatted. */
#include "base/cleanup.h"
#include "daemon/chain/map-permissions.h"
#include "tests/unit/test.h"

#include <string.h>

static struct map_permissions make(const char *owner, const char *mode)
{
	struct map_permissions permissions = {};

	assert_int_equal(map_permissions_read(owner, mode, &permissions, NULL), 0);
	assert_int_equal(map_permissions_look_up(&permissions, NULL), 0);
	return permissions;
}

static void assert_text(char *taken, const char *expected)
{
	cleanup(freep) char *text = taken;

	if (expected)
		assert_string_equal(text, expected);
	else
		assert_null(text);
}

static void assert_said(const struct map_permissions *permissions, const char *owner,
			const char *mode)
{
	assert_text(map_permissions_format_owner(permissions), owner);
	assert_text(map_permissions_format_mode(permissions), mode);
}

static void owners_are_formatted_except_root(void **state)
{
	static const struct {
		const char *owner, *mode, *said_owner, *said_mode;
	} cases[] = {
		{ NULL, NULL, NULL, NULL },
		{ "1000", NULL, "1000", NULL },
		{ "1000:1001", "640", "1000:1001", "640" },
		{ ":1001", "0640", ":1001", "640" },
		{ "root", "600", NULL, NULL },
		{ "root:1001", "0", ":1001", "000" },
		{ "1000:root", "4", "1000", "004" },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup(map_permissions_done) struct map_permissions permissions =
			make(cases[i].owner, cases[i].mode);

		assert_said(&permissions, cases[i].said_owner, cases[i].said_mode);
	}
}

static void an_invalid_owner_or_mode_is_refused(void **state)
{
	static const char *const owners[] = { "", ":", "a:", "a:b:c", "::" };
	static const char *const modes[] = { "",     "8",     "rw", "0x6", "755",
					     "1600", "00600", "-1", "60 " };
	static const char *const unknown[] = { "no such user", ":no such group", "4294967295",
					       ":99999999999" };
	struct map_permissions permissions = {};

	(void)state;
	for (size_t i = 0; i < array_size(owners); i++)
		assert_int_equal(map_permissions_read(owners[i], NULL, &permissions, NULL),
				 -EINVAL);
	for (size_t i = 0; i < array_size(modes); i++)
		assert_int_equal(map_permissions_read("root", modes[i], &permissions, NULL),
				 -EINVAL);
	for (size_t i = 0; i < array_size(unknown); i++) {
		assert_int_equal(map_permissions_read(unknown[i], NULL, &permissions, NULL), 0);
		assert_int_equal(map_permissions_look_up(&permissions, NULL), -ENOENT);
		map_permissions_done(&permissions);
	}
}

static void setting_one_part_again_keeps_the_others(void **state)
{
	cleanup(map_permissions_done) struct map_permissions permissions = make("1000", "640");
	cleanup(map_permissions_done) struct map_permissions group = make(":1001", NULL);
	cleanup(map_permissions_done) struct map_permissions mode = make(NULL, "660");

	(void)state;
	assert_int_equal(map_permissions_merge(&permissions, &group), 0);
	assert_said(&permissions, "1000:1001", "640");
	assert_int_equal(map_permissions_merge(&permissions, &mode), 0);
	assert_said(&permissions, "1000:1001", "660");
}

static void parts_that_are_no_longer_set_become_roots(void **state)
{
	cleanup(map_permissions_done) struct map_permissions before = make("1000", "640");
	cleanup(map_permissions_done) struct map_permissions permissions = make(":1001", NULL);

	(void)state;
	assert_int_equal(map_permissions_withdraw(&permissions, &before), 0);
	assert_said(&permissions, ":1001", NULL);
	assert_string_equal(permissions.user, "root");
	assert_int_equal(permissions.uid, 0);
	assert_true(permissions.has_mode);
	assert_int_equal(permissions.mode, MAP_MODE_DEFAULT);
}

static void other_users_get_access_by_owner_or_mode(void **state)
{
	static const struct {
		const char *owner, *mode;
		bool lets;
	} cases[] = {
		{ NULL, NULL, false },	  { "root:1001", NULL, false }, { "1000", NULL, true },
		{ ":1001", "640", true }, { "root", "604", true },	{ "root", "400", false },
	};

	(void)state;
	for (size_t i = 0; i < array_size(cases); i++) {
		cleanup(map_permissions_done) struct map_permissions permissions =
			make(cases[i].owner, cases[i].mode);

		assert_int_equal(map_permissions_let_others(&permissions), cases[i].lets);
	}
}

static void the_plan_shows_the_numbers_behind_the_names(void **state)
{
	cleanup(map_permissions_done) struct map_permissions permissions = make("1000:root", NULL);

	(void)state;
	free(permissions.user);
	permissions.user = strdup("alice");
	assert_text(map_permissions_describe_owner(&permissions), "alice (1000:0)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(owners_are_formatted_except_root),
		cmocka_unit_test(an_invalid_owner_or_mode_is_refused),
		cmocka_unit_test(setting_one_part_again_keeps_the_others),
		cmocka_unit_test(parts_that_are_no_longer_set_become_roots),
		cmocka_unit_test(other_users_get_access_by_owner_or_mode),
		cmocka_unit_test(the_plan_shows_the_numbers_behind_the_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
