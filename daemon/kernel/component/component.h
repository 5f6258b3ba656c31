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

/* A loaded component: its program and its maps, verified and alive, linked to nothing yet. */
struct component {
	struct node node;
	struct component_spec spec;
	bool frags; /* it accepts packets in several buffers */
	/*
	 * The kernel has it as a program for such packets, and lets no other program use those of its maps that take
	 * programs.
	 */
	bool has_frags;
	bool has_program_maps; /* it has such maps (object/extension.h) */
	bool gpl_compatible;
	bool extension; /* the kernel has it as one */
	/*
	 * Why it is an XDP program although an extension was asked for, one clause. NULL: it is an extension, or
	 * none was asked for.
	 */
	char *no_extension;
	int fd; /* of the program */
	uint32_t id;
	/* Of a program that can only be run by a tail call (daemon/kernel/tail-call.h); else -1. */
	int tail_fd;
	size_t n_maps;
	/* Open, and with them the entries of program arrays. */
	struct component_map {
		char *name;
		uint32_t id;
		int fd;
	} * maps;
	struct program_code code; /* empty: it was taken over without its object */
	struct verifier_work work;
	struct kfuncs kfuncs; /* that the object calls; what could not be told is left out */
	struct pins *pins;
	struct strings carried;	  /* maps that got the entries of another one's */
	struct strings new_names; /* pins that its maps asked for and that it may still take back */
};

/* A component that is to be loaded. */
struct load_options {
	const struct component_spec *spec;
	const struct object *object; /* the spec's */
	bool frags;		     /* can handle packets in several buffers */
	bool has_frags;		     /* and so can the chain that it is loaded for */
	/*
	 * Index, in the namespace that we are in, of the only device that it will run on; 0: it is
	 * bound to none.
	 */
	unsigned int bound_to;
	enum bpf_attach_type attach_type;
	bool is_policy; /* it has slots itself */
	bool is_listed; /* libxdp's tools list the chain: an extension, even if that limits its maps */
	const struct component *policy;	   /* that has the spec's slot; NULL: none has */
	const struct map_reuse *map_reuse; /* the maps of a predecessor; or NULL */
	size_t n_maps;
	const struct shared_map *maps; /* that the spec shares */
	/* Whose maps all of its own are to be, whatever is said above; NULL: they are new. */
	const struct component *maps_of;
	const struct pin_directories *directories;
};

/*
 * Loads the program: as an extension, or, when `target` is NULL or it cannot be an extension, as an XDP program of
 * their attach type; what is for a slot then with a wrapper in front, unless it could be an XDP program. What is bound to a device is
 * no extension: it has the binding of what it was loaded against. Errors: VerifierRejected with the
 * decisive lines as detail; KernelRefused; DeviceRefused for a device that nothing can be bound to.
 */
int component_load(const struct load_options *options, const struct extension_target *target,
		   struct component **ret, struct error *error);

/* A program that somebody else has loaded. */
struct foreign_program {
	int fd;		   /* stays the caller's */
	const char *label; /* how errors call what it comes from */
	bool frags;
	int tail_fd; /* the same; -1: it is an extension */
};

/* Makes a component of it, which holds and pins the program. */
int component_take(const struct foreign_program *program, const struct pin_directories *directories,
		   struct component **ret, struct error *error);

/*
 * Can a rootlet with the component accept packets in several buffers? Not if the component has maps for other
 * programs.
 */
bool component_accepts_frags(const struct component *component);

/* Can the component become part of a program that accepts such packets, or of one that does not? */
bool component_fits_frags(const struct component *component, bool frags);

/* Shows all pins of the component. */
int component_each_pin(const struct component *component, pin_visit visit, void *userdata);

/* Takes its node's hold away; NULL is fine. */
void component_release(struct component **component);

/*
 * From now on it is part of what a device runs: names that its maps have in the bpffs by their own
 * wish (LIBBPF_PIN_BY_NAME) stay when the component goes, as with any loader.
 */
void component_keep_names(struct component *component);

/* Leaves the pins where they are when the component goes: the daemon stops, the packets don't. */
void component_keep_pins(struct component *component);
