#pragma once

#include "daemon/control/change.h"
#include "daemon/control/store.h"
#include "daemon/kernel/recipe.h"

/* An object that came with a change, or from the store, and the program that is chosen in it. */
struct delivery {
	struct object object;
	struct program_choice choice;
};

/* Takes the object out of the source. Errors as with object_choose(). */
int delivery_receive(struct program_source *source, struct delivery *ret, struct error *error);

/* From the store. Errors: Unsupported if there never was an object; as with store_get(). */
int delivery_recall(const struct store *store, const struct recipe *recipe, struct delivery *ret,
		    struct error *error);

/* Frees the contents. */
void delivery_done(struct delivery *delivery);
