// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
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

/* One device in a transaction. */
struct target {
	const char *ifname;
	unsigned int ifindex;  /* 0: the device is absent, so nothing is built */
	struct netns *netns;   /* held; the namespace of the device; NULL: it does not exist now */
	struct device *device; /* the registry's, or ours while `is_new` or after a release */
	bool is_new;
	bool release;
	uint64_t orphan; /* number of the orphan that is released and committed; 0: none */
	bool stays;	 /* it already runs the wanted chain, so nothing is built */
	bool untouched;	 /* in addition, the wanted chain is unchanged, so nothing is saved */
	struct device_config config; /* the configuration of the device from now on */
	bool asks_interop;	     /* the change asks for config.interop */
	char *unlisted;		     /* why libxdp's tools cannot list it; or NULL */
	char *lost_redirects;	     /* as in struct device; found after the swap */
	/*
	 * Why its chain cannot be fused at once, although a component should not be an extension; then such
	 * components are loaded as extensions all the same. NULL: that was not necessary.
	 */
	char *unfused;
	/*
	 * Of TRANSACTION_CHANGE: what the device can be rolled back to from now on; NULL: nothing.
	 */
	struct rollback *rollback;
	struct chain wanted;
	uint64_t generation;
	struct generation *built;      /* or a previous generation that runs again */
	struct attachment *attachment; /* a new attachment, or one that is removed */
	/* The device whose XDP program prevents one on this device; 0: none. */
	unsigned int blocked_by;
	/* Of TRANSACTION_LINK, after the commit: the device was absent before. */
	bool was_absent;
	char old_ifname[IF_NAMESIZE];
	bool swapped;
	/* Swapped in, then rolled back because another device failed; its counters still count. */
	bool ran;
	struct libxdp_programs *dispatcher; /* the libxdp dispatcher that is adopted; locked */
	/* The previous generation and so on, to be freed when the last packet has left them. */
	struct generation *old;
	struct generation *old_twin;
	struct chain old_chain;
	struct rollback *old_rollback;
};

/*
 * One change: it is built, saved and swapped in on the worker, committed on the loop, and retired on the
 * worker again. Either all of its devices change, or none. These functions are called in this order.
 *
 * While a job runs on the worker, the loop may read the registry and everything that can be reached from it
 * (devices, chains, components, generations, attachments). So the job must not write these: its results go
 * into the transaction, into the kernel and to disk. The loop writes them, but only while no job runs: in
 * transaction_commit(), transaction_fold() and the events of the queue. The other members of the manager
 * (linker, directories, state, store and so on) and the reference counts of nodes belong to the worker while
 * a job runs. A device's fields from `is_leaving` to `fuse_at` always belong to the loop.
 */
struct transaction {
	struct job job;
	enum transaction_kind {
		TRANSACTION_CHANGE, /* a client, or the confirm timer, asked for it */
		TRANSACTION_GONE,   /* a device disappeared by itself */
		TRANSACTION_LOST,   /* a device exists, and its link was detached from outside */
		TRANSACTION_FUSE,   /* a chain was unchanged for a while */
		TRANSACTION_LINK, /* a device appeared or got another name, or the daemon started */
	} kind;
	struct manager *manager;
	struct change *change; /* of TRANSACTION_CHANGE */
	uint64_t number;       /* of the device, for all other kinds */
	char ifname[IF_NAMESIZE];
	size_t n_targets;
	struct target *targets;
	bool committed;
	uint64_t begun_at; /* CLOCK_MONOTONIC in microseconds */
	size_t n_bundles;
	struct bundle *bundles;	      /* the objects that were sent with the change */
	struct signing_rules signing; /* the rules in force when the transaction began */
	struct strings warnings;      /* about objects that are not trusted */
	size_t n_old_warnings; /* of an apply: the number of warnings about earlier targets */
	struct change_result result;
	struct error error;
};

/* Takes `change` over, also on failure. */
int transaction_new(struct manager *manager, struct change *change, struct transaction **ret,
		    struct error *error);

/*
 * Does the transaction only release what a device ran, because the device is gone or its link was detached?
 * Then nothing is built.
 */
bool transaction_only_lets_go(const struct transaction *transaction);

/* Makes a transaction of one of the other kinds, for one managed device. */
int transaction_new_for_device(struct manager *manager, enum transaction_kind kind,
			       const struct device *device, struct transaction **ret,
			       struct error *error);

/* Frees the transaction. NULL is fine. */
void transaction_drop(struct transaction **transaction);

/*
 * On the loop, before the pipeline and while no job runs: reserves room in the registry, so that
 * transaction_commit() cannot fail.
 */
void transaction_begin(struct transaction *transaction);

/* For a daemon that stops: has the transaction swapped something in that is not committed yet? */
bool transaction_is_swapped(const struct transaction *transaction);

/* Also for devices that verify has repaired, and that are not targets. */
void commit_attachments(const struct registry *registry);

/* Frees the contents. */
void target_done(struct target *target);
