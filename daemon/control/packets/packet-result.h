// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/string-list.h"
#include "base/verdict.h"
#include "daemon/control/packets/packet-diff.h"

#include <stdbool.h>
#include <stdint.h>

/* The result of one packet. */
struct packet_result {
	size_t size;
	size_t original; /* more than `size` if the capture has only the beginning of the packet */
	char *failure; /* why the packet was not run; NULL: it was, and the fields below are valid */
	enum verdict verdict;
	size_t component; /* index of the component that decided; the number of components: none did */
	bool overruled; /* its verdict was forbidden and became aborted */
	size_t size_after;
	struct packet_diff changes;
};

/* What a chain of a device would do with packets. */
struct packet_test {
	char *ifname;
	char *netns; /* path; NULL: the daemon's own */
	uint64_t generation;
	bool is_planned; /* else it is the chain that runs now */
	bool has_policy; /* then it is not known which component decided */
	struct strings components;
	size_t n_packets;
	struct packet_result *packets;
	struct strings notes; /* how the test differs from the device, one sentence each */
};

/* For each device the chain that runs now, then the planned one. */
struct packet_tests {
	size_t n_items;
	struct packet_test *items;
};

/* Frees the contents. */
void packet_tests_done(struct packet_tests *packet_tests);
