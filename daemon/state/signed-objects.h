#pragma once

#include "daemon/kernel/component/spec.h"
#include "daemon/signers/signing-rules.h"
#include "daemon/state/registry.h"

/*
 * Which key signed each object in the store whose signature is valid; objects that are not in it are not signed. The
 * loop reads it, and writes it only while no job runs.
 */
struct signed_objects {
	size_t n_items;
	struct signed_object {
		char sha256[SHA256_TEXT_SIZE];
		struct blob key; /* in SSH's encoding */
	} * items;
	size_t n_after_cleaning;
};

/* The key of that object; NULL: it is not signed. */
const struct blob *signed_objects_find(const struct signed_objects *objects, const char *sha256);

/* Notes the object, if it has a signer. -ENOMEM. */
int signed_objects_add(struct signed_objects *objects, const struct object *object);

/* Forgets those that no chain needs, now and then. */
void signed_objects_clean(struct signed_objects *objects, const struct registry *registry);

/* Frees the contents. */
void signed_objects_done(struct signed_objects *objects);

/* What the settings demand, and what is known. */
struct signing {
	struct signing_rules rules;
	struct signed_objects objects;
};

/* Whether a component is trusted: its object and all libraries. */
struct component_trust {
	char *signers; /* their principals, each once; NULL: it is not trusted */
	char *problem; /* why not, one sentence */
};

/* Frees the contents. */
void component_trust_done(struct component_trust *trust);

/* The trust in what is made of these objects, by what is known of them. -ENOMEM. */
int signing_judge(const struct signing *signing, const struct component_spec *spec,
		  struct component_trust *ret, struct error *error);
