// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/set-globals.h"

#include "base/cleanup.h"
#include "object/global-variable.h"

#include <string.h>

/*
 * The variable's bytes in libbpf's copy of the section, until it is loaded; NULL: there are none. Whether
 * they are inside the copy must be checked here, because offset and size come from the object's author.
 */
static void *variable_bytes(const struct bpf_object *opened, const struct global_variable *variable)
{
	const struct bpf_map *map;

	bpf_object__for_each_map(map, opened)
	{
		size_t size = 0;
		char *contents;

		if (!bpf_map__is_internal(map) ||
		    bpf_map__btf_value_type_id(map) != variable->section_type)
			continue;
		contents = bpf_map__initial_value((struct bpf_map *)map, &size);
		if (contents && variable->size <= size && variable->offset <= size - variable->size)
			return contents + variable->offset;
	}
	return NULL;
}

static int apply(const char *label, const char *text, const struct bpf_object *opened,
		 struct error *error)
{
	const struct btf *btf = bpf_object__btf(opened);
	cleanup(freep) char *path = strndup(text, strcspn(text, "="));
	struct global_variable variable;
	void *bytes;
	int result;

	if (!path)
		return error_memory(error);
	result = global_variable_find(btf, label, path, &variable, error);
	if (result < 0)
		return result;
	bytes = variable_bytes(opened, &variable);
	if (!bytes)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EOPNOTSUPP,
				 "'%s' of %s cannot be set: it is in section %s, which libbpf does "
				 "not allow to be set",
				 path, label, variable.section);
	return global_variable_parse(btf, label, path, &variable, text + strlen(path) + 1, bytes,
				     error);
}

int set_globals(const char *label, const struct strings *values, const struct bpf_object *opened,
		struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < values->n_items; i++)
		result = apply(label, values->items[i], opened, error);
	return result;
}
