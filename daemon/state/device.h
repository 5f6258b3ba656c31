#pragma once

#include "daemon/chain/chain.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/netns.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device-config.h"

#include <net/if.h>

struct rollback;

/* A network device that is ours, with what is wanted on it and what runs it. */
struct device {
	uint64_t number;      /* here, for good: it names the device's record and pins */
	unsigned int ifindex; /* 0: there is no such device now, it is absent */
	char *netns_path;     /* of its network namespace; NULL: the daemon's own */
	struct netns *netns;  /* held; NULL: there is none at that path now */
	char ifname[IF_NAMESIZE];
	struct device_config config;
	enum bpf_attach_type attach_type; /* of its rootlets and components */
	uint64_t generation;		  /* rises with every change */
	struct chain chain;
	struct rollback *rollback; /* what it goes back to; NULL: it stays as it is */
	/* What runs the chain; both or none. Held, and NULL while it is absent or failed. */
	struct generation *live;
	struct attachment *attachment; /* alone: it runs what an earlier daemon built */
	struct generation *retiring;   /* the one before, until its last packet has left it */
	char *failure; /* why nothing runs the chain though the device is there; or NULL */
	char *reported; /* sentence of the log about what does not run; NULL: all runs, or none yet */
	unsigned int
		blocked_by;  /* device whose XDP program keeps the chain from this one; 0: none */
	bool is_leaving;     /* the transaction that lets it go is queued */
	bool is_reattaching; /* its link was taken off, and the chain is to be attached again */
	bool is_queued;	     /* a transaction that links it waits for its turn */
	unsigned int
		link_watch_tries;  /* how often the chain was put back since somebody took it off */
	uint64_t link_watch_until; /* CLOCK_MONOTONIC in microseconds; then that counts anew */
	uint64_t fuse_at;   /* CLOCK_MONOTONIC in microseconds; 0: there is nothing to fuse */
	char *fuse_failure; /* why it could not be, one sentence; or NULL */
	char *unlisted;	    /* why libxdp's tools do not list it, though they are to; or NULL */
};

/* Frees the device: nothing of it runs or is pinned any more. NULL is fine. */
void device_drop(struct device **device);

/* Was it given up by a change that is not confirmed? Then nothing of ours is on it. */
bool device_is_released(const struct device *device);

/* The ifindex that the absent device has in the namespace that we are in; 0: it is not there. */
unsigned int device_locate(const struct device *device);

/* What every component of the device did so far, in the order of its chain; to be freed. */
int device_component_stats(const struct device *device, struct component_stats **ret,
			   struct error *error);

/*
 * Adds what the retiring generation counted to the totals of the entries that are still there, or can
 * come back, and hands the generation over to the caller, who lets it go.
 */
int device_fold(struct device *device, struct generation **ret, struct error *error);

/*
 * For one more change of the device: what is wanted on it now, and what runs it, or, if that is not
 * confirmed, what was before. The rest of `*ret` is the caller's to fill. -ENOMEM.
 */
int device_rollback_new(const struct device *device, bool is_new, struct rollback **ret,
			struct error *error);

/* Is anything of the device, which is there, still to be loaded or attached? */
bool device_is_incomplete(const struct device *device);
