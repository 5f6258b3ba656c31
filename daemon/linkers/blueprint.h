// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"
#include "bpf/counter-rows.h"
#include "daemon/kernel/component/component.h"
#include "daemon/linkers/codegen/trace-plan.h"

struct linker;
struct rootlet;

/* A component at its place in a chain. */
struct placement {
	uint64_t id;	  /* of the entry in the chain: counters belong to this id */
	const char *name; /* its name in the chain */
	struct component *component;
	uint16_t priority;   /* shown by tools that list the chain */
	verdict_set proceed; /* after these verdicts the next component runs */
	/* These verdicts become aborted; empty: the component may return any verdict. */
	verdict_set forbidden;
};

/* What a linker should build: the whole chain of one device, in order. */
struct blueprint {
	uint64_t device; /* our number of the device, not the kernel's */
	uint64_t generation;
	/* For tests and benchmarks: */
	bool call_all;	/* fused: no component is inlined */
	bool uncounted; /* the rootlet has no counters */
	/*
	 * The rootlet, if it is a policy: the components are in its slots, and the rootlet does not count.
	 */
	struct component *policy;
	size_t n_placements;
	/* Only the last of them may be run by a tail call. */
	const struct placement *placements;
	enum bpf_attach_type attach_type; /* for which its components were loaded */
	/*
	 * The device, as in struct load_options, if a component is bound to it. Then the rootlet is bound,
	 * too, and the whole chain is one program.
	 */
	unsigned int bound_to;
	/*
	 * The generation creates its own directory here. NULL: it is only for a test, is not pinned, and its
	 * counters come from counters_new_mappable().
	 */
	const char *pin_directory;
	/*
	 * libxdp's directory of dispatchers, and the index of the device, if libxdp's tools should list the
	 * chain; NULL: they should not. A listed chain has at least one component and at most
	 * LIBXDP_CONFIG_PROGRAMS, and none is run by a tail call.
	 */
	const char *listed_in;
	unsigned int listed_as;
	/* Who traces the chain; NULL: nobody. Only the fused linker builds traced chains. */
	const struct trace_plan *trace;
	/* The rootlet whose counters it counts in; NULL: it gets its own. */
	const struct rootlet *counts_with;
};

/* Must the rootlet for these components be loaded for multi-buffer packets? */
bool blueprint_frags(const struct linker *linker, const struct blueprint *blueprint);

/* The number of rows of its counters (bpf/counter-rows.h). */
size_t blueprint_rows(const struct blueprint *blueprint);

/*
 * Creates the map for its counters, or opens the map of `counts_with`. Returns the fd, which the caller closes, or a negative errno.
 */
int blueprint_counters(const struct blueprint *blueprint, struct error *error);

/*
 * How many components become part of one program. A component that is run by a tail call stays a program of
 * its own.
 */
size_t blueprint_parts(const struct blueprint *blueprint);

/* The program array through which the last component is run by a tail call; -1: there is none. */
int blueprint_tail_fd(const struct blueprint *blueprint);
