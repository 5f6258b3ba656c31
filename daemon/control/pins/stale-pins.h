#pragma once

#include "daemon/kernel/netdev-search.h"
#include "daemon/state/registry.h"

/*
 * Devices that run a chain of an earlier xdpd of which nothing is known: neither its record nor the
 * copy of it can be read. They are left alone until a user decides. Written by the loop only, between
 * jobs.
 */
struct leftovers {
	size_t n_items;
	struct leftover {
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
int leftover_open(const struct pin_directories *directories, uint64_t number,
		  struct attachment **ret, unsigned int *ret_ifindex, uint32_t *ret_program_id);

/* Takes the strings of the item over, also on failure. -ENOMEM. */
int leftovers_add(struct leftovers *leftovers, struct leftover *item, struct error *error);
void leftovers_done(struct leftovers *leftovers);

/* `netns` is the path of its namespace, NULL for the daemon's own. NULL if it is none of them. */
const struct leftover *leftovers_find(const struct leftovers *leftovers, const char *netns,
				      unsigned int ifindex);

const struct leftover *leftovers_find_number(const struct leftovers *leftovers, uint64_t number);

/* Forgets that one. */
void leftovers_remove(struct leftovers *leftovers, const struct leftover *item);

/* Takes the chain of the device with that number off it. */
void leftover_release(const struct pin_directories *directories, uint64_t number);

/* Does it still run that? It may be gone. */
bool leftover_runs(const struct pin_directories *directories, const struct leftover *item);

/*
 * Shows the pins that nothing needs, what a crash left behind: a name in the directory `place`, one of
 * those of `directories`.
 */
typedef void (*stray_visit)(const char *place, const char *name, void *userdata);
void sweep_find(const struct registry *registry, const struct leftovers *leftovers,
		const struct pin_directories *directories, stray_visit visit, void *userdata);

/* Takes them away. */
void sweep_pins(const struct registry *registry, const struct leftovers *leftovers,
		const struct pin_directories *directories);
