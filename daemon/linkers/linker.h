#pragma once

#include "bpf/counter-rows.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/libxdp/pins.h"
#include "daemon/kernel/probe.h"
#include "daemon/kernel/rootlet.h"
#include "daemon/kernel/slot-link.h"
#include "daemon/linkers/codegen/join.h"

/* How components are joined to a rootlet: dynamic (freplace) or static (fused). */

/* A component at its place in a chain. */
struct placement {
	uint64_t id;	  /* of the attachment: counters belong to it */
	const char *name; /* in the chain */
	struct component *component;
	uint16_t priority;     /* for who lists it */
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

/*
 * One complete, immutable form of a chain in the kernel. Its node needs the rootlet and the
 * links into it, so that all of it lives exactly as long as somebody holds the generation.
 */
struct generation {
	struct node node;
	const struct linker_type *made_by;
	uint64_t number;
	struct rootlet *rootlet; /* held through the node */
	struct pins *pins;
	struct libxdp_pins *libxdp_pins; /* for libxdp's tools; NULL: none */
	unsigned int listed_as;
	size_t n_members;
	/* The components, in order. */
	struct member {
		uint64_t id; /* of the attachment */
		enum join join;
		char *why; /* it is not inlined, one clause; or NULL */
	} members[ROOTLET_SLOTS];
};

struct linker {
	const struct linker_type *type;
	/* Rootlets may get packets in several buffers; kernels before 5.18 know no such thing. */
	bool frags;
	bool binds;	  /* programs can be bound to a device, from 6.3 on */
	bool binds_frags; /* also those for packets in several buffers */
	/*
	 * Of rootlets, unless the device runs what others loaded for another one. A program array
	 * wants the same of all that use it, and extensions have none (kernel/bpf/core.c,
	 * bpf_prog_map_compatible()); neither can a link change it.
	 */
	enum bpf_attach_type attach_type;
};

/* All functions, but for open() and drop(), run on the worker. */
struct linker_type {
	const char *name;
	size_t components_max; /* on one device */
	bool extends;	       /* it wants extensions, and can make what libxdp's tools list */
	int (*open)(const struct features *features, struct linker **ret, struct error *error);
	void (*drop)(struct linker *linker);
	/*
	 * Loads and verifies a component for rootlets of the attach type of the options, linked to nothing yet.
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

/*
 * Pins what the linker built and makes it a generation that holds `links` and the rootlet; `join_results`
 * has one entry a placement. `*ret` has one holder, the caller; the nodes handed in keep theirs.
 */
int generation_new(const struct linker *linker, const struct blueprint *blueprint,
		   struct rootlet *rootlet, size_t n_links, struct slot_link *const *links,
		   const struct join_result *join_results, struct generation **ret,
		   struct error *error);

/* A generation that an earlier process left pinned. */
struct generation_record {
	const char *made_by; /* name of the linker */
	uint64_t number;
	unsigned int listed_as; /* index of the device; 0: libxdp's tools do not list it */
	size_t n_members;
	struct member members[ROOTLET_SLOTS];
};

/*
 * Takes it over: `device`, `pin_directory` and `listed_in` are those of its blueprint; the strings stay
 * the caller's. `components` are those of its members; NULL, when it will only be read and dropped.
 * `policy` is that of its blueprint.
 * Errors: KernelRefused, when it is not there as recorded.
 */
int generation_restore(const char *pin_directory, uint64_t device,
		       const struct generation_record *record, struct component *const *components,
		       struct component *policy, const char *listed_in, struct generation **ret,
		       struct error *error);

/* The name under which its text is pinned. */
#define GENERATION_TEXT "note"

/* What generation_new() names its pins by: the same for every process. To be freed. */
char *generation_pin_name(uint64_t device, uint64_t number, const char *made_by);

/* The links into its rootlet, from slot 0; a fused one has none. */
size_t generation_links(const struct generation *generation);
const struct slot_link *generation_link(const struct generation *generation, size_t slot);

/* Shows all pins of the generation. */
int generation_each_pin(const struct generation *generation, pin_visit visit, void *userdata);

/* The same for what libxdp's tools look for, while it is locked. Errors: DeviceBusy. */
int generation_each_listed_pin(const struct generation *generation, pin_visit visit, void *userdata,
			       struct error *error);

/* Takes away what they look for, of a generation that an earlier process left pinned in `name`. */
void generation_remove_stale_libxdp_pins(const char *pin_directory, const char *name,
					 const char *listed_in);

/* Pins a text beside the generation, instead of what was there, for a later process to read. */
int generation_annotate(struct generation *generation, const char *text, struct error *error);

/* That text, to be freed; NULL if it cannot be read. */
char *generation_note(const struct generation *generation);

/* Takes its node's hold away; NULL is fine. */
void generation_release(struct generation **generation);

/* Leaves the pins where they are when the generation goes: the daemon stops, the packets don't. */
void generation_keep_pins(struct generation *generation);
