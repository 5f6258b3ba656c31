#pragma once

#include "daemon/kernel/component/component.h"
#include "daemon/kernel/probe.h"

/* How components are joined to a rootlet: dynamic (freplace) or static (fused). */

struct linker {
	const struct linker_type *type;
	/* Rootlets may get packets in several buffers; kernels before 5.18 know no such thing. */
	bool frags;
	bool binds;	  /* programs can be bound to a device, from 6.3 on */
	bool binds_frags; /* also those for packets in several buffers */
	/*
	 * Of rootlets, unless the device runs what others loaded for another one. A link cannot change it, and
	 * a program array accepts only programs that have that of the first one that used it (kernel/bpf/core.c,
	 * bpf_prog_map_compatible()): BPF_XDP, as other loaders have it.
	 */
	enum bpf_attach_type attach_type;
};

struct blueprint;
struct generation;

/* All functions, but for open() and drop(), run on the worker. */
struct linker_type {
	const char *name;
	size_t components_max; /* on one device */
	bool extends;	       /* it wants extensions, and can make what libxdp's tools list */
	int (*open)(const struct features *features, struct linker **ret, struct error *error);
	void (*drop)(struct linker *linker);
	/*
	 * Loads and verifies a component for rootlets of the attach type of the options, linked to nothing yet.
	 * One that cannot be an extension becomes an XDP program, and build() then fuses its chain.
	 * What is for a slot, and comes without a policy, may be linked to nothing at all.
	 */
	int (*load)(struct linker *linker, const struct load_options *options,
		    struct component **ret, struct error *error);
	/* Builds a generation beside whatever runs; packets see nothing of it. */
	int (*build)(struct linker *linker, const struct blueprint *blueprint,
		     struct generation **ret, struct error *error);
	/*
	 * Builds a chain that runs already again, slower, as something that runs faster. NULL: what
	 * build() makes is as fast as it gets.
	 */
	int (*fuse)(struct linker *linker, const struct blueprint *blueprint,
		    struct generation **ret, struct error *error);
};

extern const struct linker_type linker_freplace;
extern const struct linker_type linker_fused;
extern const struct linker_type linker_tiered;

/*
 * Opens the linker of that name; "auto" takes tiered where the kernel has freplace, else fused.
 * `why` (of `why_size` bytes) becomes one clause on what decided. Drop with linker_drop().
 */
int linker_open(const char *name, const struct features *features, struct linker **ret, char *why,
		size_t why_size, struct error *error);
int linker_open_type(const struct linker_type *type, const struct features *features,
		     struct linker **ret, struct error *error);
void linker_drop(struct linker **linker);

/* NULL: there is none of that name. */
const struct linker_type *linker_find_type(const char *name);
