// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/kernel/netdev-search.h"

/*
 * Devices that run a chain of an earlier xdpd about which nothing is known: neither its record nor the copy
 * of the record can be read. They are left alone until a user decides. Written only by the loop, between
 * jobs.
 */
struct orphans {
	size_t n_items;
	struct orphan {
		uint64_t number;
		unsigned int ifindex;
		struct netdev_name name; /* an empty ifname: the device was not found */
		char *sentence;		 /* for users: what it is, the reason, and what to do */
	} * items;
};

/*
 * Opens the attachment that an earlier xdpd pinned for the device with that number; the caller drops or
 * keeps it. Also reports the present index of the device (0: it is gone) and the program that it runs.
 * Negative errno: nothing is pinned.
 */
int orphan_open(const struct pin_directories *directories, uint64_t number, struct attachment **ret,
		unsigned int *ret_ifindex, uint32_t *ret_program_id);

/* Adds the item, and takes its strings, also on failure. -ENOMEM. */
int orphans_add(struct orphans *orphans, struct orphan *item, struct error *error);
void orphans_done(struct orphans *orphans);

/*
 * The orphan of that device; `netns` is the path of its namespace, NULL for the daemon's own. NULL: there is
 * none.
 */
const struct orphan *orphans_find(const struct orphans *orphans, const char *netns,
				  unsigned int ifindex);

/* The orphan with that number of a device; NULL: there is none. */
const struct orphan *orphans_find_number(const struct orphans *orphans, uint64_t number);

/* Removes the orphan from the list. */
void orphans_remove(struct orphans *orphans, const struct orphan *item);

/* Detaches the chain of the device with that number. */
void orphan_release(const struct pin_directories *directories, uint64_t number);

/* Does the device still run that chain? The device may be gone. */
bool orphan_runs(const struct pin_directories *directories, const struct orphan *item);
