// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/chain.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device-config.h"

/*
 * What was wanted on a device before an unconfirmed change. Its components stay loaded and its objects
 * stored, so that it can be rolled back to at any time; counts of the meantime are added here, too.
 *
 * The time is CLOCK_BOOTTIME, which cannot be set, and which continues while the machine sleeps. It means
 * nothing after a reboot; then the time is over, as in NETCONF's confirmed commit (RFC 6241, 8.4.1).
 */
struct rollback {
	/* Number of the change: devices with the same number are rolled back together. */
	uint64_t change;
	uint64_t until; /* microseconds; 0: the time is over */
	bool was_ours;	/* else the rollback releases the device */
	bool released; /* the change has released the device, so nothing of xdpd is attached to it */
	struct device_config config;
	struct chain chain;
	/*
	 * The generation that ran it, held, so that it need not be verified again; NULL: it must be built
	 * again.
	 */
	struct generation *before;
	/* If the rollback failed, when it is tried again. */
	uint64_t retry_at; /* microseconds, like `until`; 0: it did not fail */
	char *failure;	   /* why it failed, one sentence; or NULL */
};

/* The time in microseconds of CLOCK_BOOTTIME. */
uint64_t rollback_now(void);

/* Frees the rollback, and releases what it holds. NULL is fine. */
void rollback_drop(struct rollback **rollback);

/*
 * The generation that can run again after a rollback; NULL: there is none, for example because its counts
 * could not be saved, so that its pins are left to the next daemon. `rollback` may be NULL.
 */
struct generation *rollback_generation(const struct rollback *rollback);

/* When the rollback happens, or is tried again. */
uint64_t rollback_due(const struct rollback *rollback);
