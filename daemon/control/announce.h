#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/events/events.h"

/*
 * Reports what a transaction that was decided has changed: generations that run, chains that were fused,
 * devices that came, went, or have another name. On the loop, before the next transaction begins.
 */
void announce_decided(struct events *events, const struct transaction *transaction);

/* The chain of the device cannot be attached because of a program that is not xdpd's, as the error says. */
void announce_foreign(struct events *events, const struct device *device,
		      const struct error *error);
