#pragma once

#include "daemon/control/packets/packet-result.h"
#include "daemon/control/packets/packets.h"
#include "daemon/control/transaction/change.h"
#include "daemon/control/transaction/job.h"
#include "daemon/control/transaction/manager.h"

/* How long the worker runs packets, of all devices together, before others get their turn. */
#define PACKET_TEST_SECONDS_MAX 10

/* Packets that are run through chains of the devices, through at least one of each device. */
struct test_options {
	struct packets packets;
	bool present; /* the chain that runs */
	bool planned; /* the chain that the change would make */
};

/*
 * A job that runs packets through the chains of the devices that the change names. Each chain is built again, as one
 * program on copies of its maps, so no device and nothing that runs is touched; packets see what those before them left
 * in the maps. The present and the planned chain begin with the same copies. The result is struct packet_tests.
 *
 * Takes `change` over, also on failure: CHANGE_APPLY or CHANGE_NONE, a dry run. Takes the packets over on success.
 */
int test_new(struct manager *manager, struct change *change, struct test_options *options,
	     struct job **ret, struct error *error);
