#include "daemon/kernel/values.h"

#include "base/cleanup.h"
#include "object/variable.h"

#include <string.h>

/* Where libbpf keeps the section's contents until it is loaded; NULL: there is nothing to set. */
static char *section_contents(const struct bpf_object *opened, const struct variable *variable)
{
	const struct btf *btf = bpf_object__btf(opened);
	const struct bpf_map *map;

	bpf_object__for_each_map(map, opened)
	{
		const struct btf_type *type = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
		size_t size;
		char *contents;

		if (!bpf_map__is_internal(map) || !type ||
		    strcmp(btf__name_by_offset(btf, type->name_off), variable->section) != 0)
			continue;
		contents = bpf_map__initial_value((struct bpf_map *)map, &size);
		if (contents && variable->offset + variable->size <= size)
			return contents;
	}
	return NULL;
}

static int apply(const struct recipe *recipe, const char *text, const struct bpf_object *opened,
		 struct error *error)
{
	const struct btf *btf = bpf_object__btf(opened);
	cleanup(freep) char *path = strndup(text, strcspn(text, "="));
	struct variable variable;
	char *contents;
	int result;

	if (!path)
		return error_memory(error);
	result = variable_find(btf, recipe->label, path, &variable, error);
	if (result < 0)
		return result;
	contents = section_contents(opened, &variable);
	if (!contents)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EOPNOTSUPP,
				 "'%s' of %s is in %s, which libbpf does not let be set", path,
				 recipe->label, variable.section);
	return variable_parse(btf, recipe->label, path, &variable, text + strlen(path) + 1,
			      contents + variable.offset, error);
}

int values_apply(const struct recipe *recipe, const struct bpf_object *opened, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < recipe->values.n_items; i++)
		result = apply(recipe, recipe->values.items[i], opened, error);
	return result;
}
