// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/spec.h"
#include "daemon/signers/signing-rules.h"
#include "daemon/state/registry.h"

/*
 * The keys of all objects in the store that have a valid signature; other objects are not signed. Read by
 * the loop, which writes it only while no job runs.
 */
struct signed_objects {
	size_t n_items;
	struct signed_object {
		char sha256[SHA256_TEXT_SIZE];
		struct blob key; /* in SSH's encoding */
	} * items;
	size_t n_after_cleaning;
};

/* Adds the object, if it is signed. -ENOMEM. */
int signed_objects_add(struct signed_objects *objects, const struct object *object);

/* Removes objects that no chain needs, from time to time. */
void signed_objects_clean(struct signed_objects *objects, const struct registry *registry);

/* Frees the contents. */
void signed_objects_done(struct signed_objects *objects);

/* The rules of the settings, and the known signers. */
struct signing {
	struct signing_rules rules;
	struct signed_objects objects;
};

/* Whether a component is trusted, with its object and all libraries. */
struct component_trust {
	char *signers; /* the principals of their keys, each once; NULL: it is not trusted */
	char *problem; /* why not, one sentence */
};

/* Frees the contents. */
void component_trust_done(struct component_trust *trust);

/* Decides, by the known signers, whether a component of these objects is trusted. -ENOMEM. */
int signing_judge(const struct signing *signing, const struct component_spec *spec,
		  struct component_trust *ret, struct error *error);
