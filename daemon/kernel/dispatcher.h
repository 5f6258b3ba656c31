#pragma once

#include "base/error.h"
#include "bpf/rootlet.h"

#include <stdbool.h>
#include <stdint.h>

/* The compiled rootlet of bpf/dispatcher.bpf.c, loaded. The fds are the owner's to close. */
struct dispatcher {
	int program_fd;
	int counters_fd;
	int btf_fd;
	uint32_t slot_ids[ROOTLET_SLOTS]; /* BTF ids of slot_0(), slot_1(), ... */
};

/*
 * Loads a rootlet of its own for `n_slots` slots (at most ROOTLET_SLOTS) with these proceed sets.
 * `frags`: packets in several buffers may come; `counting`: so that it has counters.
 */
int dispatcher_load(const uint32_t *proceed, size_t n_slots, bool frags, bool counting,
		    struct dispatcher *ret, struct error *error);

/* Closes the fds that were not stolen. */
void dispatcher_done(struct dispatcher *dispatcher);

/*
 * Loads the smallest extension there is against a rootlet, and links it. 0, or a sentence about
 * what the kernel did not do.
 */
int dispatcher_try_extension(struct error *error);
