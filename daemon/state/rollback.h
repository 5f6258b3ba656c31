#pragma once

#include "daemon/chain/chain.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device-config.h"

/*
 * What was wanted on a device before a change that is not confirmed yet. Its components stay loaded and its
 * objects in the store, so that it can be wanted again at any time; what they count meanwhile is added here,
 * too.
 *
 * The time is CLOCK_BOOTTIME: it is never set, and it runs while the machine sleeps. It means nothing to
 * another boot, so after a reboot the time is over, as for NETCONF's confirmed commit (RFC 6241, 8.4.1).
 */
struct rollback {
	uint64_t change; /* its number: devices with the same one go back together */
	uint64_t until;	 /* microseconds; 0: the time is over */
	bool was_ours;	 /* else the device is given up when it goes back */
	bool released;	 /* the change gave the device up: nothing of ours is on it meanwhile */
	struct device_config config;
	struct chain chain;
	/*
	 * What ran it, held, so that it need not pass the verifier again; NULL: it is built again.
	 */
	struct generation *before;
	/* It could not be rolled back to, and is tried again then. */
	uint64_t retry_at; /* microseconds, as `until`; 0: it was not tried */
	char *failure;	   /* why, one sentence; or NULL */
};

/* Microseconds of CLOCK_BOOTTIME. */
uint64_t rollback_now(void);

void rollback_drop(struct rollback **rollback);

/*
 * What ran it and can run again; NULL: nothing can, for example because its counts could not be saved, and
 * its pins are left to the next daemon. `rollback` may be NULL.
 */
struct generation *rollback_generation(const struct rollback *rollback);

/* When it is rolled back to, or tried again. */
uint64_t rollback_due(const struct rollback *rollback);
