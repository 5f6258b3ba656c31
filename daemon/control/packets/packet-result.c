// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/packets/packet-result.h"

#include <stdlib.h>

static void packet_test_done(struct packet_test *packet_test)
{
	for (size_t i = 0; i < packet_test->n_packets; i++) {
		free(packet_test->packets[i].failure);
		packet_diff_done(&packet_test->packets[i].changes);
	}
	free(packet_test->packets);
	free(packet_test->ifname);
	free(packet_test->netns);
	strings_done(&packet_test->components);
	strings_done(&packet_test->notes);
}

void packet_tests_done(struct packet_tests *packet_tests)
{
	for (size_t i = 0; i < packet_tests->n_items; i++)
		packet_test_done(&packet_tests->items[i]);
	free(packet_tests->items);
	*packet_tests = (struct packet_tests){};
}
