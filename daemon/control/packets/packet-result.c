#include "daemon/control/packets/packet-result.h"

#include <stdlib.h>

void packet_test_done(struct packet_test *packet_test)
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
	*packet_test = (struct packet_test){};
}
