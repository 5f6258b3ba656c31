// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
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
 * One complete, immutable form of a chain in the kernel. Its node needs the rootlet and the links into it,
 * so they live exactly as long as the generation is held.
 */
struct generation {
	struct node node;
	const struct linker_type *made_by;
	uint64_t number;
	struct rootlet *rootlet; /* held by the node */
	struct pins *pins;
	struct libxdp_pins *libxdp_pins; /* for libxdp's tools; NULL: none */
	unsigned int listed_as;
	size_t n_members;
	/* The components, in order. */
	struct member {
		uint64_t id; /* of its entry in the chain */
		enum join join;
		char *why; /* why it is not inlined, one clause; or NULL */
	} members[ROOTLET_SLOTS];
};

/*
 * Makes what the linker built a generation, which holds `links` and the rootlet, and pins it. `join_results`
 * has one entry for each placement. `*ret` has one holder, the caller. The nodes that are passed in keep
 * their holders.
 */
int generation_new(const struct linker *linker, const struct blueprint *blueprint,
		   struct rootlet *rootlet, size_t n_links, struct slot_link *const *links,
		   const struct join_result *join_results, struct generation **ret,
		   struct error *error);

/* What a record has about a generation that an earlier process left pinned. */
struct generation_record {
	const char *made_by; /* name of the linker */
	uint64_t number;
	/* Index of the device; 0: libxdp's tools do not list the generation. */
	unsigned int listed_as;
	size_t n_members;
	struct member members[ROOTLET_SLOTS];
};

/*
 * Restores the generation: `device`, `pin_directory`, `listed_in` and `policy` are those of its blueprint;
 * the caller keeps the strings. `components` are those of its members; NULL if it will only be read and
 * dropped. Errors: KernelRefused if the pins do not match the record.
 */
int generation_restore(const char *pin_directory, uint64_t device,
		       const struct generation_record *record, struct component *const *components,
		       struct component *policy, const char *listed_in, struct generation **ret,
		       struct error *error);

/* The name of the pin with its text. */
#define GENERATION_TEXT "note"

/*
 * The name of the directory with the generation's pins, which is the same in every process. To be freed.
 */
char *generation_pin_name(uint64_t device, uint64_t number, const char *made_by);

/* The number of links into its rootlet, from slot 0 on; a fused generation has none. */
size_t generation_links(const struct generation *generation);
const struct slot_link *generation_link(const struct generation *generation, size_t slot);

/* Visits all pins of the generation. */
int generation_each_pin(const struct generation *generation, pin_visit visit, void *userdata);

/* Visits the pins that libxdp's tools look for, with libxdp's lock. Errors: DeviceBusy. */
int generation_each_listed_pin(const struct generation *generation, pin_visit visit, void *userdata,
			       struct error *error);

/*
 * Removes the pins that libxdp's tools look for, of a generation whose own pins an earlier process left in
 * `name`.
 */
void generation_remove_stale_libxdp_pins(const char *pin_directory, const char *name,
					 const char *listed_in);

/* Pins a text beside the generation, for a later process to read; it replaces an earlier text. */
int generation_annotate(struct generation *generation, const char *text, struct error *error);

/* The text, to be freed; NULL if it cannot be read. */
char *generation_note(const struct generation *generation);

/*
 * Pins `twin` beside the generation, in whose place packets are about to run it, so that a later process knows
 * that the program is this generation's. generation_keep_twin() is called when packets run it, and
 * generation_forget_twin() when packets run the generation itself again.
 */
int generation_announce_twin(struct generation *generation, const struct generation *twin,
			     struct error *error);
void generation_keep_twin(struct generation *generation);
void generation_forget_twin(struct generation *generation);

/* Is the program that of the generation with these pins, or of a twin that was announced? */
bool generation_pins_run(const struct pins *pins, uint32_t program_id);

/* Releases the hold on its node; NULL is fine. */
void generation_release(struct generation **generation);

/*
 * From now on freeing the generation leaves its pins: the daemon stops, but packets still run it.
 */
void generation_keep_pins(struct generation *generation);
