// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/packets/packet-result.h"
#include "daemon/control/packets/packets.h"
#include "daemon/control/transaction/change.h"
#include "daemon/control/transaction/job.h"
#include "daemon/control/transaction/manager.h"

/*
 * How long the worker may run packets of one request, for all devices together, before other jobs get their
 * turn.
 */
#define PACKET_TEST_SECONDS_MAX 10

/* Packets that are run through one or two chains of each device. */
struct test_options {
	struct packets packets;
	bool present; /* run the present chain */
	bool planned; /* run the chain that the change would make */
};

/*
 * Makes a job that runs packets through the chains of the devices that the change names. Each chain is built
 * again, as one program on copies of its maps, so devices and running programs are not touched; packets see
 * what earlier packets left in the maps. The present and the planned chain start with the same copies. The
 * result is struct packet_tests.
 *
 * Takes `change`, also on failure: a dry run of CHANGE_APPLY or CHANGE_NONE. Takes the packets on success.
 */
int test_new(struct manager *manager, struct change *change, struct test_options *options,
	     struct job **ret, struct error *error);
