#pragma once

#include "daemon/control/chain.h"
#include "daemon/linkers/linker.h"

#include <net/if.h>

/* A network device that is ours, with what is wanted on it and what realises that. */
struct device {
	unsigned int ifindex;
	char ifname[IF_NAMESIZE];
	struct chain chain;
	struct generation *live; /* held; `chain` is what it realises */
	struct attachment *attachment;
	/* The generation before, until its last packet has left it; `retiring_chain` told its rows. */
	struct generation *retiring;
	struct chain retiring_chain;
	uint64_t settle_at; /* CLOCK_MONOTONIC in microseconds; 0: there is nothing to settle */
	char *unsettled;    /* why it could not be, one sentence; or NULL */
};

/* Frees the device: nothing of it runs or is pinned any more. NULL is fine. */
void device_drop(struct device **device);

/* The number of what it runs; 0 if it runs nothing of ours. */
uint64_t device_generation(const struct device *device);

/* What every component of the device did so far, in the order of its chain; to be freed. */
int device_tallies(const struct device *device, struct tally **ret, struct error *error);

/*
 * Adds what the retiring generation counted to the totals of the entries that are still there, and
 * hands generation and chain over to the caller, who lets them go.
 */
int device_fold(struct device *device, struct generation **ret_generation, struct chain *ret_chain,
		struct error *error);

/* All devices that are ours, by ifindex. Written by the loop only, between jobs. */
struct registry {
	size_t n_devices;
	size_t n_reserved;
	struct device **devices;
};

void registry_done(struct registry *registry);
struct device *registry_find(const struct registry *registry, unsigned int ifindex);

/* Room for that many more, so that registry_add() cannot fail. */
int registry_reserve(struct registry *registry, size_t n_more, struct error *error);

/* Takes the device over; room was reserved. */
void registry_add(struct registry *registry, struct device *device);

/* Gives the device back to the caller; NULL if there is none. */
struct device *registry_take(struct registry *registry, unsigned int ifindex);

/*
 * A component loaded from that program of that object, on some device but on none of these; NULL
 * if there is none. So an object is loaded once for many devices, and never shared by two places
 * of one chain.
 */
struct component *registry_find_component(const struct registry *registry, const char *sha256,
					  const char *program, size_t n_ifindexes,
					  const unsigned int *ifindexes);
