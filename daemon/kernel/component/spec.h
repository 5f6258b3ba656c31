#pragma once

#include "base/error.h"
#include "base/file.h"
#include "base/string-list.h"
#include "daemon/kernel/component/map-share.h"

#include <stdbool.h>

struct object;

/* An object whose functions a component calls. */
struct library {
	char sha256[SHA256_TEXT_SIZE];
	char *label;
};

/*
 * All that decides what the kernel is given when a component is loaded. Components of equal specs
 * can stand for each other.
 */
struct component_spec {
	char sha256
		[SHA256_TEXT_SIZE]; /* of its object; "": another loader loaded it, and xdpd has no object */
	char *label;		    /* how errors call the object; equal specs may differ in it */
	char *program;		    /* function in it */
	char *slot;		    /* of a policy, that it is for; NULL: a place in a chain */
	struct strings values; /* of global variables, as NAME=VALUE (object/global-variable.h) */
	size_t n_libraries;
	struct library *libraries; /* joined to the object, in this order */
	struct map_shares shares;
	bool devbound; /* to its device, so that it may ask that about packets */
};

/* The program of that object, and nothing more; free with component_spec_done(). -ENOMEM. */
int component_spec_init(const struct object *object, const char *program,
			struct component_spec *ret, struct error *error);

/* Joins one more library, which was not joined yet, to the spec's object. -ENOMEM. */
int component_spec_add_library(struct component_spec *spec, const char *sha256, const char *label,
			       struct error *error);

/* Is the object that, or one of the libraries? */
bool component_spec_needs(const struct component_spec *spec, const char *sha256);

/* How errors call that object or library; the spec's. NULL: it is neither. */
const char *component_spec_find_label(const struct component_spec *spec, const char *sha256);

/* As component_spec_init(); an empty one gives an empty one. */
int component_spec_copy(const struct component_spec *spec, struct component_spec *ret,
			struct error *error);

/*
 * Adds values; each replaces an earlier one of its name, and a name alone removes it. -ENOMEM; or
 * InvalidArgument when there is nothing to remove.
 */
int component_spec_set_values(struct component_spec *spec, const struct strings *values,
			      struct error *error);

/* Says for which slot it is; NULL: a place in a chain. -ENOMEM. */
int component_spec_set_slot(struct component_spec *spec, const char *slot, struct error *error);

/* One without an object is equal to none. */
bool component_spec_equal(const struct component_spec *spec, const struct component_spec *other);

/*
 * Can several devices use one component of it? Not if it shares a map of a component on one of them, or is
 * bound to one.
 */
bool component_spec_can_be_shared(const struct component_spec *spec);

/* Frees the contents. */
void component_spec_done(struct component_spec *spec);
