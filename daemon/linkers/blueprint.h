#pragma once

#include "base/verdict.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/component/component.h"

struct linker;

/* A component at its place in a chain. */
struct placement {
	uint64_t id;	  /* of the attachment: counters belong to it */
	const char *name; /* in the chain */
	struct component *component;
	uint16_t priority;     /* shown by tools that list the chain */
	verdict_set proceed;   /* after these the next one runs */
	verdict_set forbidden; /* these become aborted; none: it may decide what it wants */
};

/* What is to be built: the whole chain of one device, in order. */
struct blueprint {
	uint64_t device; /* its number here, not in the kernel */
	uint64_t generation;
	/* To compare with, in tests and measurements: */
	bool call_all;	/* fused: nothing is inlined */
	bool uncounted; /* there are no counters */
	/* The rootlet, if it is the user's own: components are in its slots, and it does not count. */
	struct component *policy;
	size_t n_placements;
	/* At most one of them is run by a tail call, the last. */
	const struct placement *placements;
	enum bpf_attach_type attach_type; /* what its components were loaded for */
	/*
	 * The device, as in load options, if a component is bound to it: then the rootlet is, too, and
	 * all of it is one program.
	 */
	unsigned int bound_to;
	/*
	 * The generation makes a directory of its own in it; NULL: it is only for a test, is pinned
	 * nowhere, and its counters are those of counters_new_mappable().
	 */
	const char *pin_directory;
	/*
	 * libxdp's directory of dispatchers, if its tools are to list what runs, on the device with
	 * that index; NULL: they are not. Then there is a component, but none that is run by a tail
	 * call, and no more than LIBXDP_CONFIG_PROGRAMS.
	 */
	const char *listed_in;
	unsigned int listed_as;
};

/* Is the rootlet for these components to be loaded for packets in several buffers? */
bool blueprint_frags(const struct linker *linker, const struct blueprint *blueprint);

/* Of its counters (bpf/counter-rows.h). */
size_t blueprint_rows(const struct blueprint *blueprint);

/* A map for them; its fd. */
int blueprint_counters(const struct blueprint *blueprint, struct error *error);

/* How many components become part of one program; one that is run by a tail call stays what it is. */
size_t blueprint_parts(const struct blueprint *blueprint);

/* The program array to jump through, of the component that is run by a tail call; -1: there is none. */
int blueprint_tail_fd(const struct blueprint *blueprint);
