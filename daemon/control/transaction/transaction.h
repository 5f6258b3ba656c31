#pragma once

#include "daemon/control/transaction/bundle.h"
#include "daemon/control/transaction/change.h"
#include "daemon/control/transaction/job.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/kernel/libxdp/programs.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"

struct rollback;

/* What becomes of one device in a transaction. */
struct target {
	const char *ifname;
	unsigned int ifindex;  /* 0: it is absent, and nothing is built */
	struct netns *netns;   /* held; where it is, or will be; NULL: there is none now */
	struct device *device; /* the registry's, or ours while `is_new` or after a release */
	bool is_new;
	bool release;
	uint64_t orphan; /* number of the unknown chain that is released, committed; 0: none */
	bool stays;	 /* what runs is what is wanted: nothing is built */
	bool untouched;	 /* and what is wanted is what it was: nothing is written, either */
	struct device_config config; /* the device's from now on */
	bool asks_interop;	     /* the change asks for config.interop */
	char *unlisted;		     /* and why nothing comes of it; or NULL */
	/* Of TRANSACTION_CHANGE: what the device goes back to from now on; NULL: it stays as it is. */
	struct rollback *rollback;
	struct chain wanted;
	uint64_t generation;
	struct generation *built;      /* or taken up again */
	struct attachment *attachment; /* a new one, or one that goes */
	unsigned int
		blocked_by; /* device whose XDP program keeps this one from having its own; 0: none */
	/* Of TRANSACTION_LINK, committed: what it was before. */
	bool was_absent;
	char old_ifname[IF_NAMESIZE];
	bool swapped;
	bool ran; /* it was swapped in, and out again for another's sake: what it counted counts */
	struct libxdp_programs *dispatcher; /* libxdp's, which is adopted; locked */
	/* What the device ran and wanted before, to be let go when the last packet has left it. */
	struct generation *old;
	struct chain old_chain;
	struct rollback *old_rollback;
};

/*
 * One change on its way: built, saved and swapped on the worker, committed on the loop, retired on
 * the worker again. All its devices change, or none. These functions are called in this order.
 *
 * While a job runs on the worker, the registry and all that is reached from it (devices, chains, components,
 * generations, attachments) are read by the loop as well, so the job does not write them: what it finds out or
 * makes goes into the transaction, into the kernel and onto the disk. The loop writes them, but only while no
 * job runs: in transaction_commit(), transaction_fold() and the events of the queue. The manager's other
 * members (linker, places, state, store and so on) and the reference counts of nodes are the worker's while
 * a job runs, and the fields of a device that say so are the loop's at all times.
 */
struct transaction {
	struct job job;
	enum transaction_kind {
		TRANSACTION_CHANGE, /* a client, or the confirm timer, asked for it */
		TRANSACTION_GONE,   /* a device went away by itself */
		TRANSACTION_LOST,   /* a device exists, and its link was detached from outside */
		TRANSACTION_FUSE,   /* a chain was quiet for a while */
		TRANSACTION_LINK,   /* a device came, or another name, or the daemon */
	} kind;
	struct manager *manager;
	struct change *change; /* of TRANSACTION_CHANGE */
	uint64_t number;       /* of the device of all others */
	char ifname[IF_NAMESIZE];
	size_t n_targets;
	struct target *targets;
	bool committed;
	uint64_t begun_at; /* CLOCK_MONOTONIC in microseconds */
	size_t n_bundles;
	struct bundle *bundles;	      /* what came with the change */
	struct signing_rules signing; /* those in force when it began */
	struct strings warnings;      /* about objects that are not trusted */
	size_t n_old_warnings;	      /* of apply: about targets before this one */
	struct change_result result;
	struct error error;
};

/* Takes `change` over, also on failure. */
int transaction_new(struct manager *manager, struct change *change, struct transaction **ret,
		    struct error *error);

/*
 * Does it only release what a device ran, because the device is gone or its link was detached? Then nothing
 * is built.
 */
bool transaction_only_lets_go(const struct transaction *transaction);

/* One of the other kinds, for one device of ours. */
int transaction_new_for_device(struct manager *manager, enum transaction_kind kind,
			       const struct device *device, struct transaction **ret,
			       struct error *error);

void transaction_drop(struct transaction **transaction);

/*
 * On the loop, before the pipeline and while no job runs: makes room in the registry, so that
 * transaction_commit() cannot fail.
 */
void transaction_begin(struct transaction *transaction);

/* Is there anything that transaction_commit() has not seen yet? For a daemon that stops. */
bool transaction_is_swapped(const struct transaction *transaction);

/* Also of devices that verify repaired, and that are no targets. */
void commit_attachments(const struct registry *registry);

/* Frees the contents. */
void target_done(struct target *target);
