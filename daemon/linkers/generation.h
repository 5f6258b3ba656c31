#pragma once

#include "bpf/counter-rows.h"
#include "daemon/kernel/component/component.h"
#include "daemon/kernel/libxdp/pins.h"
#include "daemon/kernel/rootlet.h"
#include "daemon/kernel/slot-link.h"
#include "daemon/linkers/codegen/join.h"

struct blueprint;
struct linker;
struct linker_type;

/*
 * One complete, immutable form of a chain in the kernel. Its node needs the rootlet and the links into it, so
 * all of it lives exactly as long as the generation is held.
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
