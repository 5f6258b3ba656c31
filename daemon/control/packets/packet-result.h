#pragma once

#include "base/string-list.h"
#include "base/verdict.h"
#include "daemon/control/packets/packet-diff.h"

#include <stdbool.h>
#include <stdint.h>

/* The result of one packet. */
struct packet_result {
	size_t size;
	size_t original; /* if larger than `size`: the capture has only the beginning */
	char *failure;	 /* it was not run: why; else NULL, and what follows counts */
	enum verdict verdict;
	size_t component; /* which component of the test decided; the number of components: none did */
	bool overruled; /* its verdict is not allowed and became aborted */
	size_t size_after;
	struct packet_diff changes;
};

/* What a chain would do with packets. */
struct packet_test {
	char *ifname;
	char *netns; /* path; NULL: the daemon's own */
	uint64_t generation;
	bool is_planned; /* else it runs now */
	bool has_policy; /* with a policy it is not known which component decided */
	struct strings components;
	size_t n_packets;
	struct packet_result *packets;
	struct strings notes; /* where the test differs from the device, a sentence each */
};

/* For each device the chain that runs, then the one that is planned. */
struct packet_tests {
	size_t n_items;
	struct packet_test *items;
};

/* Frees the contents. */
void packet_tests_done(struct packet_tests *packet_tests);
