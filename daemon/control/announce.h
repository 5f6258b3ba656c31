// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"
#include "daemon/events/events.h"

/*
 * Reports what a decided transaction has changed: generations that run, chains that were fused, devices that
 * appeared, disappeared or were renamed. On the loop, before the next transaction begins.
 */
void announce_decided(struct events *events, const struct transaction *transaction);

/*
 * Reports that the chain of the device cannot be attached because of a program that xdpd does not manage, as
 * the error says.
 */
void announce_foreign(struct events *events, const struct device *device,
		      const struct error *error);
