#pragma once

#include "base/error.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/kernel/netdev-search.h"

/*
 * Devices that run a chain of an earlier xdpd of which nothing is known: neither its record nor the
 * copy of it can be read. They are left alone until a user decides. Written by the loop only, between
 * jobs.
 */
struct orphans {
	size_t n_items;
	struct orphan {
		uint64_t number;
		unsigned int ifindex;
		struct netdev_name name; /* without an ifname: it is nowhere that we know */
		char *sentence;		 /* for users: what it is, why, and what to do */
	} * items;
};

/*
 * What makes the device with that number ours, as an earlier xdpd pinned it, with where it is (0: gone)
 * and what runs there; the caller's, to be dropped or kept. Negative errno: there is nothing.
 */
int orphan_open(const struct pin_directories *directories, uint64_t number, struct attachment **ret,
		unsigned int *ret_ifindex, uint32_t *ret_program_id);

/* Takes the strings of the item over, also on failure. -ENOMEM. */
int orphans_add(struct orphans *orphans, struct orphan *item, struct error *error);
void orphans_done(struct orphans *orphans);

/*
 * `netns` is the path of its namespace, NULL for the daemon's own. NULL if the device has no orphan.
 */
const struct orphan *orphans_find(const struct orphans *orphans, const char *netns,
				  unsigned int ifindex);

const struct orphan *orphans_find_number(const struct orphans *orphans, uint64_t number);

/* Forgets that one. */
void orphans_remove(struct orphans *orphans, const struct orphan *item);

/* Detaches the chain of the device with that number. */
void orphan_release(const struct pin_directories *directories, uint64_t number);

/* Does the device still run that chain? It may be gone. */
bool orphan_runs(const struct pin_directories *directories, const struct orphan *item);
