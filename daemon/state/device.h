// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/chain.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/netns.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device-config.h"

#include <net/if.h>

struct rollback;

/* A network device that xdpd manages, with its wanted chain and what runs it. */
struct device {
	/* Permanent and unique in this xdpd: it names the device's record and pins. */
	uint64_t number;
	unsigned int ifindex; /* 0: the device does not exist at present */
	char *netns_path;     /* of its network namespace; NULL: the daemon's own */
	struct netns *netns;  /* held; NULL: no namespace is at that path now */
	char ifname[IF_NAMESIZE];
	struct device_config config;
	enum bpf_attach_type attach_type; /* of its rootlets and components */
	uint64_t generation;		  /* rises by one with every change */
	struct chain chain;
	/* What an unconfirmed change is rolled back to; NULL: there is none. */
	struct rollback *rollback;
	/*
	 * What packets run in place of `live` while the device is traced: the same components, which count in
	 * the counters of `live`. Held; NULL: the device is not traced.
	 */
	struct generation *twin;
	bool twin_is_stale; /* other tracers than those of the twin trace the device, or it has none */
	bool twin_is_queued; /* the job that builds it again, or drops it, is queued */
	/*
	 * What runs the chain; the device has both or none. Held; NULL while the device is absent or failed.
	 */
	struct generation *live;
	/* Without `live`: the device runs what an earlier daemon built. */
	struct attachment *attachment;
	/* The previous generation, until its last packet has left it. */
	struct generation *retiring;
	char *failure; /* why the chain does not run although the device exists; or NULL */
	/* What was last logged about the chain not running; NULL: it runs, or nothing was logged. */
	char *reported;
	/* The device whose XDP program prevents the chain from being attached; 0: none. */
	unsigned int blocked_by;
	bool is_leaving; /* the transaction that releases what it ran is queued */
	/* Its link was detached from outside, and the chain will be attached again. */
	bool is_reattaching;
	bool is_queued; /* a transaction that links it is queued */
	/* How often the chain was attached again after it was detached from outside. */
	unsigned int link_watch_tries;
	/* CLOCK_MONOTONIC in microseconds; then the count starts again */
	uint64_t link_watch_until;
	uint64_t fuse_at;   /* CLOCK_MONOTONIC in microseconds: when to fuse the chain; 0: never */
	char *fuse_failure; /* why the chain could not be fused, one sentence; or NULL */
	char *unlisted;	    /* why libxdp's tools do not list it although they should; or NULL */
	char *lost_redirects; /* one sentence about redirected packets that do not arrive; or NULL */
};

/* Frees the device. Nothing of it runs or is pinned after that. NULL is fine. */
void device_drop(struct device **device);

/* What packets run: the twin, or the live generation; NULL: neither exists. */
const struct generation *device_running(const struct device *device);

/* Was the device released by an unconfirmed change? Then nothing of xdpd is attached to it. */
bool device_is_released(const struct device *device);

/* The index of the absent device in the present network namespace; 0: it does not exist there. */
unsigned int device_locate(const struct device *device);

/* The stats of all components of the device so far, in the order of its chain; to be freed. */
int device_component_stats(const struct device *device, struct component_stats **ret,
			   struct error *error);

/*
 * Adds the counts of the retiring generation to the totals of the entries that still exist, or may return by
 * a rollback. Passes the generation to the caller, who releases it.
 */
int device_fold(struct device *device, struct generation **ret, struct error *error);

/*
 * Prepares an unconfirmed change: keeps in `*ret` the wanted chain and its generation or, if there is an
 * unconfirmed change already, those from before it. The caller fills in the rest. -ENOMEM.
 */
int device_rollback_new(const struct device *device, bool is_new, struct rollback **ret,
			struct error *error);

/* Must anything still be loaded or attached for the device, which exists? */
bool device_is_incomplete(const struct device *device);

/*
 * Does anything that a chain file describes belong to the owner: a setting, or a component that does not end with
 * its client?
 */
bool device_has_owner(const struct device *device, const char *owner);
