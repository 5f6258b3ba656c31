// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "tests/unit/test.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/pins.h"

#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>

/* The daemon could not open the directory to remove it, because it had no descriptor left. */
static void a_directory_that_could_not_be_removed_does_not_block_the_next_change(void **state)
{
	char parent[] = "/tmp/xdpd-test-XXXXXX";
	cleanup(pins_drop) struct pins *pins = NULL;
	char path[64];
	struct error error = {};

	(void)state;
	assert_non_null(mkdtemp(parent));
	snprintf(path, sizeof(path), "%s/1-2-freplace", parent);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(path, sizeof(path), "%s/1-2-freplace/rootlet", parent);
	assert_int_equal(mknod(path, S_IFREG | 0600, 0), 0);

	assert_int_equal(pins_new(parent, "1-2-freplace", &pins, &error), 0);
	assert_int_equal(access(path, F_OK), -1);

	pins_drop(&pins);
	assert_int_equal(rmdir(parent), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(
			a_directory_that_could_not_be_removed_does_not_block_the_next_change),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
