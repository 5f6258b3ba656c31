#pragma once

#include "daemon/control/packets/packet-diff.h"
#include "daemon/control/transaction/transaction.h"

/* How long the worker runs packets, of all devices together, before others get their turn. */
#define PACKET_TEST_SECONDS_MAX 10

/*
 * Runs the packets of a CHANGE_TEST through the chains of its targets, those that run, those that are
 * wanted, or both, and fills the transaction's result. Each is built anew, as one program on copies of
 * its maps, so that no device and nothing that runs is touched; packets see what those before them left
 * in the maps. Both begin with the same copies. On the worker.
 */
int packet_tests_run(struct transaction *transaction);
