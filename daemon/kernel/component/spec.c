// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/component/spec.h"

#include "base/cleanup.h"
#include "object/object.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static int init(const char *sha256, const char *label, const char *program,
		struct component_spec *ret, struct error *error)
{
	struct component_spec spec = {};

	spec.label = strdup(label);
	spec.program = strdup(program);
	if (!spec.label || !spec.program) {
		component_spec_done(&spec);
		return error_memory(error);
	}
	strcpy(spec.sha256, sha256);
	*ret = spec;
	return 0;
}

int component_spec_init(const struct object *object, const char *program,
			struct component_spec *ret, struct error *error)
{
	return init(object->sha256, object->label, program, ret, error);
}

int component_spec_add_library(struct component_spec *spec, const char *sha256, const char *label,
			       struct error *error)
{
	struct library *longer = reallocarray(spec->libraries, spec->n_libraries + 1,
					      sizeof(*longer));
	char *copy = strdup(label);

	if (longer)
		spec->libraries = longer;
	if (!longer || !copy) {
		free(copy);
		return error_memory(error);
	}
	longer[spec->n_libraries] = (struct library){ .label = copy };
	strcpy(longer[spec->n_libraries++].sha256, sha256);
	return 0;
}

bool component_spec_needs(const struct component_spec *spec, const char *sha256)
{
	bool needs = !strcmp(spec->sha256, sha256);

	for (size_t i = 0; !needs && i < spec->n_libraries; i++)
		needs = !strcmp(spec->libraries[i].sha256, sha256);
	return needs;
}

const char *component_spec_find_label(const struct component_spec *spec, const char *sha256)
{
	if (!strcmp(spec->sha256, sha256))
		return spec->label;
	for (size_t i = 0; i < spec->n_libraries; i++)
		if (!strcmp(spec->libraries[i].sha256, sha256))
			return spec->libraries[i].label;
	return NULL;
}

int component_spec_copy(const struct component_spec *spec, struct component_spec *ret,
			struct error *error)
{
	struct component_spec copy = {};
	int result = 0;

	if (spec->program)
		result = init(spec->sha256, spec->label, spec->program, &copy, error);
	if (result == 0)
		result = component_spec_set_slot(&copy, spec->slot, error);
	if (result == 0 && (strings_append(&copy.values, &spec->values) < 0 ||
			    map_shares_keep(&copy.shares, &spec->shares) < 0))
		result = error_memory(error);
	for (size_t i = 0; result == 0 && i < spec->n_libraries; i++)
		result = component_spec_add_library(&copy, spec->libraries[i].sha256,
						    spec->libraries[i].label, error);
	copy.devbound = spec->devbound;
	copy.restricted = spec->restricted;
	if (result < 0)
		component_spec_done(&copy);
	else
		*ret = copy;
	return result;
}

/* The length of "limit" in "limit=7", and of "limit" itself. */
static size_t name_length(const char *value)
{
	return strcspn(value, "=");
}

static bool remove_value(struct strings *values, const char *name, size_t length)
{
	for (size_t i = 0; i < values->n_items; i++) {
		if (name_length(values->items[i]) != length ||
		    strncmp(values->items[i], name, length) != 0)
			continue;
		strings_remove(values, i);
		return true;
	}
	return false;
}

int component_spec_set_values(struct component_spec *spec, const struct strings *values,
			      struct error *error)
{
	for (size_t i = 0; i < values->n_items; i++) {
		const char *value = values->items[i];
		size_t length = name_length(value);
		bool was_set = remove_value(&spec->values, value, length);

		if (value[length] && strings_add(&spec->values, value, strlen(value)) < 0)
			return error_memory(error);
		if (!value[length] && !was_set)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "'%s' has no value and was not set before; use NAME=VALUE",
					 value);
	}
	return 0;
}

static bool same_libraries(const struct component_spec *spec, const struct component_spec *other)
{
	bool same = spec->n_libraries == other->n_libraries;

	for (size_t i = 0; same && i < spec->n_libraries; i++)
		same = !strcmp(spec->libraries[i].sha256, other->libraries[i].sha256);
	return same;
}

int component_spec_set_slot(struct component_spec *spec, const char *slot, struct error *error)
{
	free(steal(spec->slot));
	if (!slot)
		return 0;
	spec->slot = strdup(slot);
	return spec->slot ? 0 : error_memory(error);
}

static bool same_slot(const struct component_spec *spec, const struct component_spec *other)
{
	return spec->slot && other->slot ? !strcmp(spec->slot, other->slot)
					 : spec->slot == other->slot;
}

bool component_spec_equal(const struct component_spec *spec, const struct component_spec *other)
{
	return *spec->sha256 && !strcmp(spec->sha256, other->sha256) &&
	       !strcmp(spec->program, other->program) && same_libraries(spec, other) &&
	       same_slot(spec, other) && strings_equal(&spec->values, &other->values) &&
	       map_shares_equal(&spec->shares, &other->shares) && spec->devbound == other->devbound;
}

bool component_spec_serves(const struct component_spec *spec, const struct component_spec *wanted)
{
	return component_spec_equal(spec, wanted) && (spec->restricted || !wanted->restricted);
}

bool component_spec_can_be_shared(const struct component_spec *spec)
{
	return spec->shares.n_items == 0 && !spec->devbound;
}

void component_spec_done(struct component_spec *spec)
{
	while (spec->n_libraries > 0)
		free(spec->libraries[--spec->n_libraries].label);
	free(spec->libraries);
	free(spec->label);
	free(spec->program);
	free(spec->slot);
	strings_done(&spec->values);
	map_shares_done(&spec->shares);
	*spec = (struct component_spec){};
}
