#pragma once

#include "daemon/chain/chain.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device-config.h"

/*
 * What was wanted on a device before a change that nobody has confirmed yet. Its components stay
 * loaded and its objects in the store, so that it can be wanted again at any time; what they count
 * meanwhile is added here, too.
 *
 * The time is CLOCK_BOOTTIME: nobody steps it, and it goes on while the machine sleeps. It means
 * nothing to another boot, so that after a reboot the time is over, as for NETCONF's confirmed commit
 * (RFC 6241, 8.4.1).
 */
struct rollback {
	uint64_t change; /* its number: devices with the same one go back together */
	uint64_t until;	 /* microseconds; 0: the time is over */
	bool was_ours;	 /* else the device is given up when it goes back */
	bool released;	 /* the change gave the device up: nothing of ours is on it meanwhile */
	struct device_config config;
	struct chain chain;
	/* What ran it, held, so that it need not pass the verifier again; NULL: it is built anew. */
	struct generation *before;
	/* It could not be put back, and is tried again then. */
	uint64_t retry_at; /* microseconds, as `until`; 0: it was not tried */
	char *failure;	   /* why, one sentence; or NULL */
};

/* Microseconds of CLOCK_BOOTTIME. */
uint64_t rollback_now(void);

void rollback_drop(struct rollback **rollback);

/*
 * What ran that and can run again; NULL: nothing can, as when its counts could not be saved, so that its
 * pins are left to whoever starts next. `rollback` may be NULL.
 */
struct generation *rollback_generation(const struct rollback *rollback);

/* When it is put back, or tried again to. */
uint64_t rollback_due(const struct rollback *rollback);
