// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Paths in a chain file are relative to the file. */
#include "base/cleanup.h"
#include "cli/export-file.h"
#include "tests/unit/test.h"

#include <stdlib.h>

static void leads(const char *from, const char *to, const char *way)
{
	cleanup(freep) char *path = relative_path(from, to);

	assert_string_equal(path, way);
}

static void the_shortest_path_is_shown(void **state)
{
	(void)state;
	leads("/etc/xdpd", "/etc/xdpd", ".");
	leads("/etc", "/etc/xdpd/objects", "xdpd/objects");
	leads("/etc/xdpd/objects", "/etc", "../..");
	leads("/etc/xdpd", "/etc/xdp", "../xdp");
	leads("/etc/xdp", "/etc/xdpd", "../xdpd");
	leads("/etc/xdpd", "/var/lib", "../../var/lib");
	leads("/", "/var", "var");
	leads("/var/lib", "/", "../..");
	leads("/", "/", ".");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_shortest_path_is_shown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
