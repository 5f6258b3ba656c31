#pragma once

#include "daemon/chains/registry.h"

/*
 * Devices that run a chain of an earlier xdpd of which nothing is known: its record was damaged
 * beyond use. Their packets flow on.
 */
struct leftovers {
	size_t n_items;
	struct leftover {
		uint64_t number;
		unsigned int ifindex;
	} * items;
};

/*
 * What makes the device with that number ours, as an earlier xdpd pinned it, with where it is (0: gone)
 * and what runs there; the caller's, to be dropped or kept. Negative errno: there is nothing.
 */
int leftover_open(const struct pin_places *places, uint64_t number, struct attachment **ret,
		  unsigned int *ret_ifindex, uint32_t *ret_program_id);

/* Adds the device with that number, if it is there and runs something. -ENOMEM. */
int leftovers_add(struct leftovers *leftovers, const struct pin_places *places, uint64_t number,
		  struct error *error);
void leftovers_done(struct leftovers *leftovers);

bool leftovers_have(const struct leftovers *leftovers, unsigned int ifindex);

/* Takes that chain off its device. */
void leftovers_release(struct leftovers *leftovers, const struct pin_places *places,
		       unsigned int ifindex);

/*
 * Shows the pins that nothing needs, what a crash left behind: a name in the directory `place`, one of
 * those of `places`.
 */
typedef void (*stray_visit)(const char *place, const char *name, void *userdata);
void sweep_find(const struct registry *registry, const struct leftovers *leftovers,
		const struct pin_places *places, stray_visit visit, void *userdata);

/* Takes them away. */
void sweep_pins(const struct registry *registry, const struct leftovers *leftovers,
		const struct pin_places *places);
