// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/transaction/bundle.h"

#include "object/link.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int take(struct blob *bytes, struct blob *signature, const char *label, struct object *ret,
		struct error *error)
{
	ret->blob = *bytes;
	*bytes = (struct blob){};
	ret->signature = *signature;
	*signature = (struct blob){};
	ret->label = strdup(label ?: "the object");
	if (!ret->label)
		return error_memory(error);
	blob_sha256(&ret->blob, ret->sha256);
	return 0;
}

static int reserve(struct bundle *bundle, size_t n_libraries, struct error *error)
{
	bundle->libraries = calloc(n_libraries + 1, sizeof(*bundle->libraries));
	return bundle->libraries ? 0 : error_memory(error);
}

static int join_all(struct bundle *bundle, struct error *error)
{
	return bundle->n_libraries ? link_libraries(&bundle->object, bundle->n_libraries,
						    bundle->libraries, &bundle->linked, error)
				   : 0;
}

static int choose(struct bundle *bundle, const char *program, struct error *error)
{
	return program_choose(bundle_object(bundle), program, !bundle->n_libraries, &bundle->choice,
			      &bundle->facts, error);
}

int bundle_receive(struct program_source *source, struct bundle *ret, struct error *error)
{
	int result = take(&source->object, &source->signature, source->label, &ret->object, error)
			     ?: reserve(ret, source->n_libraries, error);

	for (size_t i = 0; result == 0 && i < source->n_libraries; i++) {
		struct object *library = &source->libraries[i];

		ret->n_libraries = i + 1;
		result = take(&library->blob, &library->signature, library->label,
			      &ret->libraries[i], error);
	}
	if (result == 0)
		result = join_all(ret, error);
	return result < 0 ? result : choose(ret, source->program, error);
}

int bundle_receive_library(struct program_source *source, struct bundle *ret, struct error *error)
{
	return take(&source->object, &source->signature, source->label, &ret->object, error)
		       ?: object_check(&ret->object, error);
}

int bundle_fetch(const struct object_store *store, const struct component_spec *spec,
		 struct bundle *ret, struct error *error)
{
	int result = object_store_get(store, spec->sha256, spec->label, &ret->object, error)
			     ?: reserve(ret, spec->n_libraries, error);

	for (size_t i = 0; result == 0 && i < spec->n_libraries; i++) {
		const struct library *library = &spec->libraries[i];

		ret->n_libraries = i + 1;
		result = object_store_get(store, library->sha256, library->label,
					  &ret->libraries[i], error);
	}
	return result < 0 ? result : join_all(ret, error);
}

int bundle_recall(const struct object_store *store, const struct component_spec *spec,
		  struct bundle *ret, struct error *error)
{
	int result;

	if (!*spec->sha256)
		return error_set(error, ERROR_UNSUPPORTED, -ENODATA,
				 "it was adopted from %s without its object; supply the object "
				 "with 'xdpctl replace'",
				 spec->label);
	result = bundle_fetch(store, spec, ret, error);
	return result < 0 ? result : choose(ret, spec->program, error);
}

static bool has_objects_of(const struct bundle *bundle, const struct component_spec *spec)
{
	if (strcmp(bundle->object.sha256, spec->sha256) != 0 ||
	    bundle->n_libraries != spec->n_libraries)
		return false;
	for (size_t i = 0; i < spec->n_libraries; i++)
		if (strcmp(bundle->libraries[i].sha256, spec->libraries[i].sha256) != 0)
			return false;
	return true;
}

const struct bundle *bundle_find(size_t n_bundles, const struct bundle *bundles,
				 const struct component_spec *spec)
{
	for (size_t i = 0; i < n_bundles; i++)
		if (has_objects_of(&bundles[i], spec))
			return &bundles[i];
	return NULL;
}

const struct object *bundle_object(const struct bundle *bundle)
{
	return bundle->n_libraries ? &bundle->linked : &bundle->object;
}

int bundle_spec(const struct bundle *bundle, bool restricted, struct component_spec *ret,
		struct error *error)
{
	struct component_spec spec = {};
	int result = component_spec_init(&bundle->object, bundle->choice.name, &spec, error);

	for (size_t i = 0; result == 0 && i < bundle->n_libraries; i++)
		result = component_spec_add_library(&spec, bundle->libraries[i].sha256,
						    bundle->libraries[i].label, error);
	spec.restricted = restricted;
	if (result < 0)
		component_spec_done(&spec);
	else
		*ret = spec;
	return result;
}

int bundle_keep(const struct bundle *bundle, struct object_store *store, struct error *error)
{
	int result = object_store_put(store, &bundle->object, error);

	for (size_t i = 0; result == 0 && i < bundle->n_libraries; i++)
		result = object_store_put(store, &bundle->libraries[i], error);
	return result;
}

void bundle_done(struct bundle *bundle)
{
	object_done(&bundle->object);
	for (size_t i = 0; i < bundle->n_libraries; i++)
		object_done(&bundle->libraries[i]);
	free(bundle->libraries);
	object_done(&bundle->linked);
	*bundle = (struct bundle){};
}
