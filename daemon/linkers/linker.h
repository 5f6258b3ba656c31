// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/probe.h"

/* How components are joined to a rootlet: dynamically (freplace) or statically (fused). */

struct linker {
	const struct linker_type *type;
	/* Rootlets can accept multi-buffer packets, from Linux 5.18 on. */
	bool frags;
	bool binds;	  /* programs can be bound to a device, from Linux 6.3 on */
	bool binds_frags; /* multi-buffer programs can be bound, too */
	/*
	 * The attach type of rootlets, unless the device runs programs of another loader with another type.
	 * An update of a link cannot change it, and a program array accepts only programs with the attach
	 * type of the first program that used it (kernel/bpf/core.c, bpf_prog_map_compatible()). So it is
	 * BPF_XDP, as other loaders use it.
	 */
	enum bpf_attach_type attach_type;
};

struct blueprint;
struct generation;

/* All functions except open() and drop() run on the worker. */
struct linker_type {
	const char *name;
	size_t components_max; /* the maximum on one device */
	bool extends;	       /* it joins extensions, and can build what libxdp's tools list */
	int (*open)(const struct features *features, struct linker **ret, struct error *error);
	void (*drop)(struct linker *linker);
	/*
	 * Loads and verifies a component for rootlets of the attach type in the options; it is not linked
	 * yet. A component that cannot be an extension becomes an XDP program, and build() then fuses its
	 * chain. A component that is for a slot, but is loaded without a policy, can never be linked.
	 */
	int (*load)(struct linker *linker, const struct load_options *options,
		    struct component **ret, struct error *error);
	/*
	 * Can a fused program contain the component, as far as that is known before it is built? The error
	 * names what is in the way.
	 */
	int (*check_fusable)(struct linker *linker, const struct component *component,
			     struct error *error);
	/* Builds a generation beside the running one; packets are not affected. */
	int (*build)(struct linker *linker, const struct blueprint *blueprint,
		     struct generation **ret, struct error *error);
	/*
	 * Builds a running chain again in a form that takes longer to build and runs faster. NULL: build()
	 * makes the fastest form already.
	 */
	int (*fuse)(struct linker *linker, const struct blueprint *blueprint,
		    struct generation **ret, struct error *error);
};

extern const struct linker_type linker_freplace;
extern const struct linker_type linker_fused;
extern const struct linker_type linker_tiered;

/*
 * Opens the linker of that name; "auto" is tiered if the kernel has freplace, else fused. `why` (of
 * `why_size` bytes) gets one clause with the reason. Drop with linker_drop().
 */
int linker_open(const char *name, const struct features *features, struct linker **ret, char *why,
		size_t why_size, struct error *error);
int linker_open_type(const struct linker_type *type, const struct features *features,
		     struct linker **ret, struct error *error);
/* Opens a fused linker, for programs that the kernel accepts from `like` as well. */
int linker_open_fused_like(const struct linker *like, struct linker **ret, struct error *error);
void linker_drop(struct linker **linker);

/* NULL: no linker has that name. */
const struct linker_type *linker_find_type(const char *name);
