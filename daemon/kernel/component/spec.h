// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
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
 * Everything that decides what the kernel gets when a component is loaded. Components with equal specs are
 * interchangeable.
 */
struct component_spec {
	/* Of its object; "": another loader loaded it, and xdpd has no object. */
	char sha256[SHA256_TEXT_SIZE];
	char *label;	       /* how errors name the object; equal specs may differ in it */
	char *program;	       /* its function in the object */
	char *slot;	       /* of the policy that it is for; NULL: it has a place in a chain */
	struct strings values; /* of global variables, as NAME=VALUE (object/global-variable.h) */
	size_t n_libraries;
	struct library *libraries; /* linked to the object, in this order */
	struct map_shares shares;
	bool devbound; /* bound to its device, so it may read RX metadata */
	/*
	 * A client that may change only components of some owners has supplied it, so its program may not read memory of
	 * the kernel (broker/program-check.h). Equal specs may differ in it.
	 */
	bool restricted;
};

/*
 * A spec of the program in that object, without anything else; free with component_spec_done(). -ENOMEM.
 */
int component_spec_init(const struct object *object, const char *program,
			struct component_spec *ret, struct error *error);

/* Adds one more library, which the spec does not have yet. -ENOMEM. */
int component_spec_add_library(struct component_spec *spec, const char *sha256, const char *label,
			       struct error *error);

/* Is that the spec's object, or one of its libraries? */
bool component_spec_needs(const struct component_spec *spec, const char *sha256);

/*
 * How errors name that object or library; the string is the spec's. NULL: the spec does not need it.
 */
const char *component_spec_find_label(const struct component_spec *spec, const char *sha256);

/* As with component_spec_init(); a copy of an empty spec is empty. */
int component_spec_copy(const struct component_spec *spec, struct component_spec *ret,
			struct error *error);

/*
 * Adds values, each of which replaces an earlier one of its name; a name alone removes the value. -ENOMEM;
 * InvalidArgument if there is no value to remove.
 */
int component_spec_set_values(struct component_spec *spec, const struct strings *values,
			      struct error *error);

/* Sets the slot that the component is for; NULL: it has a place in a chain. -ENOMEM. */
int component_spec_set_slot(struct component_spec *spec, const char *slot, struct error *error);

/* A spec without an object is not equal to any other. */
bool component_spec_equal(const struct component_spec *spec, const struct component_spec *other);

/*
 * Can a component of `spec` be used where one of `wanted` is asked for? Not if only that one must be checked.
 */
bool component_spec_serves(const struct component_spec *spec, const struct component_spec *wanted);

/*
 * Can several devices use one component of this spec? Not if it shares a map of a component on one of them,
 * or is bound to a device.
 */
bool component_spec_can_be_shared(const struct component_spec *spec);

/* Frees the contents. */
void component_spec_done(struct component_spec *spec);
