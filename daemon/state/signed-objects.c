// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/state/signed-objects.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <stdio.h>
#include <string.h>

/* After this many new objects the list is cleaned up. */
#define CLEANED_AFTER 64

static struct signed_object *find(const struct signed_objects *objects, const char *sha256)
{
	for (size_t i = 0; i < objects->n_items; i++)
		if (!strcmp(objects->items[i].sha256, sha256))
			return &objects->items[i];
	return NULL;
}

/* The key that signed the object; NULL: it is not signed. */
static const struct blob *find_key(const struct signed_objects *objects, const char *sha256)
{
	const struct signed_object *found = find(objects, sha256);

	return found ? &found->key : NULL;
}

static struct signed_object *append(struct signed_objects *objects, const char *sha256)
{
	struct signed_object *longer = reallocarray(objects->items, objects->n_items + 1,
						    sizeof(*longer));

	if (!longer)
		return NULL;
	objects->items = longer;
	longer[objects->n_items] = (struct signed_object){};
	strcpy(longer[objects->n_items].sha256, sha256);
	return &longer[objects->n_items++];
}

int signed_objects_add(struct signed_objects *objects, const struct object *object)
{
	struct signed_object *item;
	void *bytes;

	if (!object->signer.size)
		return 0;
	bytes = malloc(object->signer.size);
	item = bytes ? find(objects, object->sha256) ?: append(objects, object->sha256) : NULL;
	if (!item) {
		free(bytes);
		return -ENOMEM;
	}
	blob_done(&item->key);
	item->key =
		(struct blob){ .bytes = memcpy(bytes, object->signer.bytes, object->signer.size),
			       .size = object->signer.size };
	return 0;
}

void signed_objects_clean(struct signed_objects *objects, const struct registry *registry)
{
	size_t n_kept = 0;

	if (objects->n_items < objects->n_after_cleaning + CLEANED_AFTER)
		return;
	for (size_t i = 0; i < objects->n_items; i++) {
		if (registry_needs_object(registry, objects->items[i].sha256))
			objects->items[n_kept++] = objects->items[i];
		else
			blob_done(&objects->items[i].key);
	}
	objects->n_items = objects->n_after_cleaning = n_kept;
}

void signed_objects_done(struct signed_objects *objects)
{
	for (size_t i = 0; i < objects->n_items; i++)
		blob_done(&objects->items[i].key);
	free(objects->items);
	*objects = (struct signed_objects){};
}

void component_trust_done(struct component_trust *trust)
{
	free(steal(trust->signers));
	free(steal(trust->problem));
}

static int add_signer(struct component_trust *trust, const char *signer, struct error *error)
{
	if (trust->signers && !strcmp(trust->signers, signer))
		return 0;
	return names_append(&trust->signers, signer) < 0 ? error_memory(error) : 0;
}

/* Only the first problem is reported. */
static int judge(const struct signing *signing, const char *label, const char *sha256,
		 struct component_trust *ret, struct error *error)
{
	cleanup(trust_done) struct trust trust = {};
	int result;

	if (ret->problem)
		return 0;
	result = signing_rules_judge(&signing->rules, label, find_key(&signing->objects, sha256),
				     &trust, error);
	if (result == 0 && trust.signer)
		return add_signer(ret, trust.signer, error);
	ret->problem = steal(trust.problem);
	return result;
}

int signing_judge(const struct signing *signing, const struct component_spec *spec,
		  struct component_trust *ret, struct error *error)
{
	struct component_trust trust = {};
	int result = 0;

	if (!*spec->sha256) {
		if (asprintf(&trust.problem,
			     "it was adopted from %s without its object, so nothing is known of "
			     "who made it",
			     spec->label) < 0) {
			trust.problem = NULL;
			result = error_memory(error);
		}
	} else {
		result = judge(signing, spec->label, spec->sha256, &trust, error);
	}
	for (size_t i = 0; result == 0 && i < spec->n_libraries; i++)
		result = judge(signing, spec->libraries[i].label, spec->libraries[i].sha256, &trust,
			       error);
	if (trust.problem)
		free(steal(trust.signers));
	if (result < 0)
		component_trust_done(&trust);
	else
		*ret = trust;
	return result;
}
