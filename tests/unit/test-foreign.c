// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/foreign.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static void check(const struct foreign *foreign, const char *expected)
{
	char *text = foreign_describe(foreign);

	assert_non_null(text);
	assert_string_equal(text, expected);
	free(text);
}

static void a_program_is_described_as_far_as_it_is_known(void **state)
{
	struct foreign foreign = { .program_id = 7 };

	(void)state;
	check(&foreign, "the XDP program with id 7");
	foreign.mode = FOREIGN_HARDWARE;
	check(&foreign, "the XDP program with id 7 offloaded to hardware");
	strcpy(foreign.name, "a_name_of_more_than_15_characters");
	foreign.mode = FOREIGN_SKB;
	check(&foreign, "the XDP program 'a_name_of_more_than_15_characters' (id 7) in skb mode");
	foreign.attachment = FOREIGN_ATTACHED_NETLINK;
	foreign.mode = FOREIGN_NATIVE;
	strcpy(foreign.name, "fw");
	check(&foreign, "the XDP program 'fw' (id 7), attached by netlink");
	strcpy(foreign.holders.program_pin, "/sys/fs/bpf/fw");
	check(&foreign,
	      "the XDP program 'fw' (id 7), attached by netlink, pinned at /sys/fs/bpf/fw");
	foreign.attachment = FOREIGN_ATTACHED_LINK;
	check(&foreign,
	      "the XDP program 'fw' (id 7), attached by a link, pinned at /sys/fs/bpf/fw");
	foreign.link_id = 3;
	strcpy(foreign.holders.link_pin, "/sys/fs/bpf/x");
	check(&foreign, "the XDP program 'fw' (id 7), attached by a link (id 3) that is pinned at "
			"/sys/fs/bpf/x");
}

static void holders_past_the_first_are_counted(void **state)
{
	struct foreign foreign = { .program_id = 7,
				   .name = "fw",
				   .holders = { .n_processes = 1,
						.processes = { { 812, "mytool" } } } };

	(void)state;
	check(&foreign, "the XDP program 'fw' (id 7), held by pid 812 (mytool)");
	for (size_t i = 1; i < HOLDER_PROCESSES_MAX; i++)
		foreign.holders.processes[i] = foreign.holders.processes[0];
	foreign.holders.n_processes = 9;
	check(&foreign,
	      "the XDP program 'fw' (id 7), held by pid 812 (mytool) and pid 812 (mytool) "
	      "and pid 812 (mytool) and pid 812 (mytool) and 5 more");
}

static void a_dispatcher_is_described_by_its_parts(void **state)
{
	struct foreign foreign = {
		.program_id = 7,
		.name = "xdp_dispatcher",
		.attachment = FOREIGN_ATTACHED_NETLINK,
		.is_dispatcher = true,
		.named = true,
		.config = { .version = 2,
			    .n_programs = 2,
			    .programs = { { .priority = 10 }, { .priority = 20 } } },
		.names = { "xdp_filter", "lb" },
	};

	(void)state;
	check(&foreign, "libxdp's dispatcher (id 7) with 2 programs: 'xdp_filter' (priority 10), "
			"'lb' (priority 20)");
	foreign.attachment = FOREIGN_ATTACHED_LINK;
	foreign.link_id = 3;
	foreign.named = false;
	check(&foreign, "a dispatcher like libxdp's (id 7), attached by a link (id 3), with 2 "
			"programs: one with priority 10, one with priority 20");
	foreign.config.n_programs = 1;
	foreign.attachment = FOREIGN_ATTACHED_UNKNOWN;
	foreign.link_id = 0;
	foreign.named = true;
	foreign.mode = FOREIGN_SKB;
	check(&foreign, "libxdp's dispatcher (id 7) in skb mode with 1 program: 'xdp_filter' "
			"(priority 10)");
}

static void names_of_others_become_printable(void **state)
{
	struct foreign foreign = { .program_id = 7, .name = "a\nb\tc\xff" };

	(void)state;
	check(&foreign, "the XDP program 'a?b?c?' (id 7)");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_program_is_described_as_far_as_it_is_known),
		cmocka_unit_test(holders_past_the_first_are_counted),
		cmocka_unit_test(a_dispatcher_is_described_by_its_parts),
		cmocka_unit_test(names_of_others_become_printable),
	};

	return cmocka_run_group_tests_name("foreign", tests, NULL, NULL);
}
