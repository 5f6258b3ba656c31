#pragma once

#include "daemon/control/transaction/change.h"
#include "daemon/kernel/component/choose.h"
#include "daemon/kernel/component/spec.h"
#include "daemon/state/object-store.h"

/* An object that came with a change, or from the store, and the program that is chosen in it. */
struct bundle {
	struct object object; /* as it came */
	size_t n_libraries;
	struct object *libraries; /* the same */
	struct object linked;	  /* all of these; empty without libraries */
	struct program_choice choice;
	struct program_facts facts; /* about that program */
};

/*
 * Takes the object and the libraries out of the source. Errors as with link_libraries() and program_choose().
 */
int bundle_receive(struct program_source *source, struct bundle *ret, struct error *error);

/* Takes the object out of the source, for a library: nothing is chosen. BadObject. */
int bundle_receive_library(struct program_source *source, struct bundle *ret, struct error *error);

/* Everything but the choice, from the store. Errors as with object_store_get() and link_libraries(). */
int bundle_fetch(const struct object_store *store, const struct component_spec *spec,
		 struct bundle *ret, struct error *error);

/* Everything, from the store. Errors: the same; Unsupported if there never was an object. */
int bundle_recall(const struct object_store *store, const struct component_spec *spec,
		  struct bundle *ret, struct error *error);

/* The bundle with the objects of that spec among those that came with a change; NULL: they are in the store. */
const struct bundle *bundle_find(size_t n_bundles, const struct bundle *bundles,
				 const struct component_spec *spec);

/* What is to be loaded; the bundle's. */
const struct object *bundle_object(const struct bundle *bundle);

/* That program of these objects, and nothing more; free with component_spec_done(). -ENOMEM. */
int bundle_spec(const struct bundle *bundle, struct component_spec *ret, struct error *error);

/* Keeps the objects in the store. */
int bundle_keep(const struct bundle *bundle, struct object_store *store, struct error *error);

/* Frees the contents. */
void bundle_done(struct bundle *bundle);
