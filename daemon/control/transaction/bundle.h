#pragma once

#include "daemon/control/transaction/change.h"
#include "daemon/kernel/component/spec.h"
#include "daemon/state/object-store.h"

/* An object that came with a change, or from the store, and the program that is chosen in it. */
struct delivery {
	struct object object; /* as it came */
	size_t n_libraries;
	struct object *libraries; /* the same */
	struct object linked;	  /* all of these; empty without libraries */
	struct program_choice choice;
};

/*
 * Takes the object and the libraries out of the source. Errors as with static_link_check(), link_libraries()
 * and object_choose().
 */
int delivery_receive(struct program_source *source, struct delivery *ret, struct error *error);

/* Takes the object out of the source, for a library: nothing is chosen. BadObject. */
int delivery_receive_library(struct program_source *source, struct delivery *ret,
			     struct error *error);

/* Everything but the choice, from the store. Errors as with object_store_get() and link_libraries(). */
int delivery_fetch(const struct object_store *store, const struct component_spec *spec,
		   struct delivery *ret, struct error *error);

/* Everything, from the store. Errors: the same; Unsupported if there never was an object. */
int delivery_recall(const struct object_store *store, const struct component_spec *spec,
		    struct delivery *ret, struct error *error);

/* What is to be loaded; the delivery's. */
const struct object *delivery_object(const struct delivery *delivery);

/* That program of these objects, and nothing more; free with component_spec_done(). -ENOMEM. */
int delivery_spec(const struct delivery *delivery, struct component_spec *ret, struct error *error);

/* Keeps the objects in the store. */
int delivery_keep(const struct delivery *delivery, struct object_store *store, struct error *error);

/* Frees the contents. */
void delivery_done(struct delivery *delivery);
