// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/node.h"
#include "base/string-list.h"
#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/kernel/component/extension-target.h"
#include "daemon/kernel/component/map-share-use.h"
#include "daemon/kernel/component/program-code.h"
#include "daemon/kernel/component/spec.h"
#include "object/kfuncs.h"
#include "object/object.h"
#include "object/verifier-log.h"

#include <stdint.h>

struct map_reuse;

/*
 * A loaded component: its program and its maps, which the kernel has verified. It is linked to nothing yet.
 */
struct component {
	struct node node;
	struct component_spec spec;
	bool frags; /* it accepts multi-buffer packets */
	/*
	 * The kernel has it as a multi-buffer program. No program of the other kind can use those of its
	 * maps that hold programs.
	 */
	bool has_frags;
	bool has_program_maps; /* it has maps that hold programs (object/extension.h) */
	bool gpl_compatible;
	bool extension; /* the kernel has it as an extension */
	/*
	 * Why it is an XDP program although an extension was requested, one clause. NULL: it is an
	 * extension, or none was requested.
	 */
	char *no_extension;
	/*
	 * How being an extension limits the use of its maps, one clause. NULL: it does not, or the component
	 * is not an extension.
	 */
	char *map_limit;
	int fd; /* of its program */
	uint32_t id;
	/*
	 * Of a program that can only be reached by a tail call (daemon/kernel/tail-call.h); else -1.
	 */
	int tail_fd;
	size_t n_maps;
	/* Open descriptors; they also keep the entries of program arrays. */
	struct component_map {
		char *name;
		uint32_t id;
		int fd;
	} * maps;
	struct program_code code; /* empty for a component that was adopted without its object */
	struct verifier_work work;
	struct kfuncs kfuncs; /* that the object calls; unknown ones are left out */
	/* Names of functions of its policy that the object needs (object/function-mark.h). */
	struct strings needs;
	struct pins *pins;
	struct strings carried; /* names of maps that got the entries of the predecessor's map */
	/* By-name pins of its maps, which are removed again with it until component_keep_names(). */
	struct strings new_names;
};

/*
 * What the object of a component with a restricted spec may have; the rest of its grant (daemon/chain/grant.h) is checked
 * later.
 */
struct component_limits {
	const char *name; /* of the component, and its owner */
	const char *owner;
	uint64_t map_bytes; /* of all maps that it creates; UINT64_MAX: no limit */
};

/* How to load a component. */
struct load_options {
	const struct component_spec *spec;
	const struct object *object; /* the spec's */
	bool frags;		     /* it can handle multi-buffer packets */
	bool has_frags;		     /* and the chain that it is loaded for can, too */
	/*
	 * Index, in the present network namespace, of the only device that it can run on; 0: it is not bound
	 * to a device.
	 */
	unsigned int bound_to;
	enum bpf_attach_type attach_type;
	bool is_policy; /* it is a policy, so it has slots itself */
	/* Its chain must consist of extensions, so it becomes one even if that limits its maps. */
	bool prefers_extension;
	/* The policy with the spec's slot; NULL: the spec has no slot. */
	const struct component *policy;
	const struct map_reuse *map_reuse; /* the maps of a predecessor; NULL: it has none */
	size_t n_maps;
	const struct shared_map *maps; /* that the spec shares */
	/*
	 * The component whose maps replace all of its own, whatever the fields above say; NULL: its own maps
	 * are new.
	 */
	const struct component *maps_of;
	/* NULL: there are none, but for its program if the spec is restricted. */
	const struct component_limits *limits;
	const struct pin_directories *directories;
};

/*
 * Loads the program as an extension. If `target` is NULL, or the program cannot be an extension, loads it as
 * an XDP program of the given attach type; a program for a slot then gets a wrapper in front, unless its
 * function fits an XDP program. An extension has no binding of its own: it is bound like the program it was
 * loaded against. Errors: VerifierRejected with the decisive lines as detail; KernelRefused; DeviceRefused
 * if programs cannot be bound to the device.
 */
int component_load(const struct load_options *options, const struct extension_target *target,
		   struct component **ret, struct error *error);

/* A program that another loader has loaded. */
struct foreign_program {
	int fd;		   /* stays the caller's */
	const char *label; /* how errors name its origin */
	bool frags;
	int tail_fd; /* the caller's, too; -1: the program is an extension */
};

/* Makes the program a component, which holds and pins it. */
int component_take(const struct foreign_program *program, const struct pin_directories *directories,
		   struct component **ret, struct error *error);

/*
 * Can a rootlet with the component accept packets in several buffers? Not if the component has maps for other
 * programs.
 */
bool component_accepts_frags(const struct component *component);

/* Can the component become part of a program that accepts such packets, or of one that does not? */
bool component_fits_frags(const struct component *component, bool frags);

/* Visits all pins of the component. */
int component_each_pin(const struct component *component, pin_visit visit, void *userdata);

/* Releases the hold on its node; NULL is fine. */
void component_release(struct component **component);

/*
 * Called when the component becomes part of what a device runs. From then on the pins that its maps asked
 * for (LIBBPF_PIN_BY_NAME) stay when the component is freed, as with any loader.
 */
void component_keep_names(struct component *component);

/*
 * From now on freeing the component leaves its pins: the daemon stops, but packets still need it.
 */
void component_keep_pins(struct component *component);
