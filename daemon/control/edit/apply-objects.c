// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/apply-objects.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/control/transaction/signing.h"

#include <string.h>

static const struct object *find_object(const struct transaction *transaction, const char *sha256)
{
	const struct apply_options *options = transaction->change->options;

	for (size_t i = 0; i < options->n_objects; i++)
		if (!strcmp(options->objects[i].sha256, sha256))
			return &options->objects[i];
	return NULL;
}

static int copy_object(const struct object *object, struct object *ret, struct error *error)
{
	ret->blob.bytes = malloc(object->blob.size);
	ret->label = strdup(object->label);
	if (!ret->blob.bytes || !ret->label)
		return error_memory(error);
	ret->blob.size = object->blob.size;
	memcpy(ret->blob.bytes, object->blob.bytes, object->blob.size);
	if (!object->signature.size)
		return 0;
	ret->signature.bytes = malloc(object->signature.size);
	if (!ret->signature.bytes)
		return error_memory(error);
	ret->signature.size = object->signature.size;
	memcpy(ret->signature.bytes, object->signature.bytes, object->signature.size);
	return 0;
}

/* A limited client gets no objects that only others have supplied. */
static const char *find_label(const struct transaction *transaction, const char *sha256)
{
	const struct registry *registry = &transaction->manager->registry;
	const struct apply_options *options = transaction->change->options;

	return transaction->change->is_limited
		       ? registry_find_label_of(registry, options->owner, sha256)
		       : registry_find_label(registry, sha256);
}

/* A copy of an object that was sent with the change, or is in the store. */
static int get_object(const struct transaction *transaction, const char *sha256, struct object *ret,
		      struct error *error)
{
	const struct manager *manager = transaction->manager;
	const struct object *object = find_object(transaction, sha256);
	const char *label = find_label(transaction, sha256);

	if (object)
		return copy_object(object, ret, error);
	if (label)
		return object_store_get(manager->store, sha256, label, ret, error);
	return error_set(error, ERROR_BAD_OBJECT, -ENOENT,
			 "object sha256:%s is not in the store; name it by its path (if you did, "
			 "the file changed while it was read)",
			 sha256);
}

static int get_source(const struct transaction *transaction,
		      const struct apply_component *component, struct program_source *ret,
		      struct error *error)
{
	struct object object = {};
	int result = get_object(transaction, component->sha256, &object, error);

	ret->object = object.blob;
	ret->signature = object.signature;
	ret->label = object.label;
	ret->program = component->program ? strdup(component->program) : NULL;
	ret->libraries = calloc(component->n_libraries + 1, sizeof(*ret->libraries));
	if (result == 0 && (!ret->libraries || (component->program && !ret->program)))
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < component->n_libraries; i++) {
		ret->n_libraries = i + 1;
		result = get_object(transaction, component->libraries[i], &ret->libraries[i],
				    error);
	}
	return result;
}

/* Does the bundle have exactly the objects that the component is made of? */
static bool has_objects(const struct bundle *bundle, const struct apply_component *component)
{
	if (strcmp(bundle->object.sha256, component->sha256) != 0 ||
	    bundle->n_libraries != component->n_libraries)
		return false;
	for (size_t i = 0; i < component->n_libraries; i++)
		if (strcmp(bundle->libraries[i].sha256, component->libraries[i]) != 0)
			return false;
	return true;
}

/* The bundle that was made before for the same program of the same objects; NULL: there is none. */
static struct bundle *find_bundle(const struct transaction *transaction,
				  const struct apply_component *component)
{
	for (size_t i = 0; i < transaction->n_bundles; i++) {
		struct bundle *bundle = &transaction->bundles[i];
		struct program_choice choice;

		if (has_objects(bundle, component) &&
		    program_choose(bundle_object(bundle), component->program, false, &choice, NULL,
				   NULL) == 0 &&
		    !strcmp(choice.name, bundle->choice.name))
			return bundle;
	}
	return NULL;
}

static int get_bundle(struct transaction *transaction, const struct apply_component *component,
		      struct bundle **ret)
{
	cleanup(source_done) struct program_source source = {};
	int result;

	*ret = find_bundle(transaction, component);
	if (*ret)
		return 0;
	result = get_source(transaction, component, &source, &transaction->error);
	if (result < 0)
		return result;
	*ret = &transaction->bundles[transaction->n_bundles++];
	return bundle_receive(&source, *ret, &transaction->error)
		       ?: signing_check(transaction, *ret, &transaction->error);
}

/* At most one bundle for each component. */
int apply_objects_begin(struct transaction *transaction)
{
	struct apply_options *options = transaction->change->options;
	size_t n_components = 0;

	for (size_t i = 0; i < options->n_objects; i++)
		blob_sha256(&options->objects[i].blob, options->objects[i].sha256);
	for (size_t i = 0; i < options->n_devices; i++)
		n_components += options->devices[i].n_components + 1; /* and the policy */
	transaction->bundles = calloc(n_components + 1, sizeof(*transaction->bundles));
	return transaction->bundles ? 0 : error_memory(&transaction->error);
}

int apply_objects_get(struct transaction *transaction, const struct apply_component *component,
		      struct bundle **ret_bundle, struct component_spec *ret)
{
	struct error *error = &transaction->error;
	int result = get_bundle(transaction, component, ret_bundle);

	if (result == 0)
		result = bundle_spec(*ret_bundle, transaction->change->is_limited, ret, error);
	if (result == 0)
		result = component_spec_set_values(ret, &component->values, error);
	if (result == 0)
		result = map_shares_set(&ret->shares, &component->shares, component->n_pins,
					component->pins, error);
	if (result == 0)
		result = component_spec_set_slot(ret, component->slot, error);
	ret->devbound = component->devbound;
	return result;
}
