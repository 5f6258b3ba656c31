// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/change.h"
#include "daemon/kernel/component/choose.h"
#include "daemon/kernel/component/spec.h"
#include "daemon/state/object-store.h"

/* Objects that were sent with a change, or come from the store, and the chosen program in them. */
struct bundle {
	struct object object; /* as it was sent */
	size_t n_libraries;
	struct object *libraries; /* as they were sent */
	struct object linked;	  /* all of these, linked; empty without libraries */
	struct program_choice choice;
	struct program_facts facts; /* about the chosen program */
};

/*
 * Moves the object and the libraries out of the source, links them and chooses the program. Errors as with
 * link_libraries() and program_choose().
 */
int bundle_receive(struct program_source *source, struct bundle *ret, struct error *error);

/* Moves the object out of the source as a library: no program is chosen. Errors: BadObject. */
int bundle_receive_library(struct program_source *source, struct bundle *ret, struct error *error);

/*
 * Fetches the objects from the store and links them, without a choice. Errors as with object_store_get() and
 * link_libraries().
 */
int bundle_fetch(const struct object_store *store, const struct component_spec *spec,
		 struct bundle *ret, struct error *error);

/*
 * Makes the whole bundle again from the store. Errors: the same; Unsupported if there never was an object.
 */
int bundle_recall(const struct object_store *store, const struct component_spec *spec,
		  struct bundle *ret, struct error *error);

/*
 * The bundle with the objects of that spec, among those that were sent with a change; NULL: the objects are
 * in the store.
 */
const struct bundle *bundle_find(size_t n_bundles, const struct bundle *bundles,
				 const struct component_spec *spec);

/* The object to be loaded, which stays the bundle's. */
const struct object *bundle_object(const struct bundle *bundle);

/*
 * A spec with that program of these objects, and nothing else; free with component_spec_done(). `restricted`: the
 * client may change only components of some owners. -ENOMEM.
 */
int bundle_spec(const struct bundle *bundle, bool restricted, struct component_spec *ret,
		struct error *error);

/* Keeps the objects in the store. */
int bundle_keep(const struct bundle *bundle, struct object_store *store, struct error *error);

/* Frees the contents. */
void bundle_done(struct bundle *bundle);
