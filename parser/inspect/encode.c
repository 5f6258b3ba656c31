// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "parser/inspect/encode.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "object/c-declaration.h"
#include "object/elf.h"
#include "object/global-variable-format.h"
#include "object/kernel-versions.h"
#include "object/stack-depth.h"

#include <string.h>

#define VALUE_LENGTH_MAX 200
#define CONSTANTS	 ".rodata"

/* Adds a field, unless there is no text. */
static void add_text(json_t *object, const char *name, const char *text)
{
	if (text)
		json_object_set_new(object, name, text_encode(text));
}

const struct kfunc *subject_kfunc(const struct subject *subject, int external)
{
	const struct kfuncs *kfuncs = &subject->kfuncs;

	for (size_t i = 0; i < kfuncs->n_items; i++)
		if (!strcmp(kfuncs->items[i].name, subject->elf_code.externs[external].name))
			return &kfuncs->items[i];
	return NULL;
}

json_t *functions_encode(const struct subject *subject)
{
	json_t *list = json_array();

	for (size_t i = 0; i < subject->elf_code.n_functions; i++) {
		const struct function *function = &subject->elf_code.functions[i];
		json_t *calls = json_array();

		for (size_t j = 0; j < function->callees.n_items; j++)
			json_array_append_new(
				calls,
				text_encode(subject->elf_code.functions[function->callees.items[j]]
						    .name));
		json_array_append_new(
			list,
			json_pack("{s:o, s:o, s:s, s:I, s:I, s:o}", "name",
				  text_encode(function->name), "section",
				  text_encode(function->section), "linkage",
				  function->is_global ? "global" : "static", "instructions",
				  (json_int_t)function->length, "stack",
				  (json_int_t)stack_use(function->instructions, function->length),
				  "calls", calls));
	}
	return list;
}

static void add_type(json_t *map, const char *name, const struct btf *btf, __u32 type)
{
	cleanup(freep) char *text = btf && type ? c_declaration(btf, type, "") : NULL;

	add_text(map, name, text);
}

static json_t *map_encode(const struct bpf_object *opened, const struct bpf_map *map)
{
	const struct btf *btf = bpf_object__btf(opened);
	const char *type = libbpf_bpf_map_type_str(bpf_map__type(map));
	json_t *encoded = json_pack("{s:o, s:s, s:I, s:I, s:I, s:I}", "name",
				    text_encode(bpf_map__name(map)), "type", type ?: "unknown",
				    "key", (json_int_t)bpf_map__key_size(map), "value",
				    (json_int_t)bpf_map__value_size(map), "entries",
				    (json_int_t)bpf_map__max_entries(map), "flags",
				    (json_int_t)bpf_map__map_flags(map));

	add_type(encoded, "key_type", btf, bpf_map__btf_key_type_id(map));
	add_type(encoded, "value_type", btf, bpf_map__btf_value_type_id(map));
	add_text(encoded, "pin", bpf_map__pin_path(map));
	return encoded;
}

static int legacy_map_encode(const struct legacy_map *map, void *userdata)
{
	const char *type = libbpf_bpf_map_type_str(map->definition.type);

	return json_array_append_new(userdata,
				     json_pack("{s:o, s:s, s:I, s:I, s:I, s:I}", "name",
					       text_encode(map->name), "type", type ?: "unknown",
					       "key", (json_int_t)map->definition.key_size, "value",
					       (json_int_t)map->definition.value_size, "entries",
					       (json_int_t)map->definition.max_entries, "flags",
					       (json_int_t)map->definition.flags));
}

json_t *maps_encode(const struct subject *subject)
{
	json_t *list = json_array();
	const struct bpf_map *map;

	if (!subject->opened) {
		elf_each_legacy_map(&subject->object.blob, legacy_map_encode, list);
		return list;
	}
	bpf_object__for_each_map(map, subject->opened)
	{
		if (!bpf_map__is_internal(map))
			json_array_append_new(list, map_encode(subject->opened, map));
	}
	return list;
}

/* The initial bytes of a section of variables; NULL if it has none. */
static char *section_bytes(const struct subject *subject, const char *section, size_t *ret_size)
{
	const struct btf *btf = bpf_object__btf(subject->opened);
	struct bpf_map *map;

	bpf_object__for_each_map(map, subject->opened)
	{
		const struct btf_type *type;

		if (!bpf_map__is_internal(map))
			continue;
		type = btf__type_by_id(btf, bpf_map__btf_value_type_id(map));
		if (type && btf_is_datasec(type) &&
		    !strcmp(btf__name_by_offset(btf, type->name_off), section))
			return bpf_map__initial_value(map, ret_size);
	}
	return NULL;
}

struct variables {
	const struct subject *subject;
	json_t *list;
};

static bool variable_encode(const char *name, const struct global_variable *variable,
			    void *userdata)
{
	struct variables *variables = userdata;
	const struct btf *btf = bpf_object__btf(variables->subject->opened);
	size_t size = 0;
	const char *bytes = section_bytes(variables->subject, variable->section, &size);
	bool fits = bytes && variable->offset <= size && variable->size <= size - variable->offset;
	cleanup(freep) char *value = fits ? global_variable_format(btf, variable,
								   bytes + variable->offset,
								   VALUE_LENGTH_MAX)
					  : NULL;
	cleanup(freep) char *declared = c_declaration(btf, variable->type, name);

	json_array_append_new(variables->list,
			      json_pack("{s:o, s:o, s:o, s:I, s:b, s:o}", "name", text_encode(name),
					"section", text_encode(variable->section), "declaration",
					text_encode(declared ?: name), "size",
					(json_int_t)variable->size, "constant",
					!strncmp(variable->section, CONSTANTS, strlen(CONSTANTS)),
					"value", text_encode(value ?: "?")));
	return false;
}

json_t *variables_encode(const struct subject *subject)
{
	struct variables variables = { subject, json_array() };

	if (!subject->opened)
		return variables.list;
	global_variable_each(bpf_object__btf(subject->opened), variable_encode, &variables);
	return variables.list;
}

static json_t *kfunc_encode(const struct kfunc *kfunc, bool is_known)
{
	cleanup(freep) char *kernel_name = strndup(kfunc->name, kfunc_name_length(kfunc->name));
	const struct kernel_version *since = kernel_name ? kernel_version_of_kfunc(kernel_name)
							 : NULL;
	json_t *encoded = json_pack("{s:o, s:o, s:b, s:o}", "name", text_encode(kfunc->name),
				    "kernel_name", text_encode(kernel_name ?: ""), "weak",
				    kfunc->weak, "prototype", text_encode(kfunc->prototype));

	add_text(encoded, "group", kfunc->group);
	add_text(encoded, "state", is_known ? kfunc_state_name(kfunc->state) : NULL);
	add_text(encoded, "kernel_prototype", kfunc->kernel_prototype);
	add_text(encoded, "module", kfunc->module);
	add_text(encoded, "since", since ? since->version : NULL);
	return encoded;
}

json_t *kfuncs_encode(const struct subject *subject)
{
	json_t *list = json_array();

	for (size_t i = 0; i < subject->kfuncs.n_items; i++)
		json_array_append_new(list,
				      kfunc_encode(&subject->kfuncs.items[i], subject->kernel));
	return list;
}

/* Is it the first kfunc of its group? */
static bool begins_group(const struct kfuncs *kfuncs, size_t index)
{
	const char *group = kfuncs->items[index].group;

	for (size_t i = 0; group && i < index; i++)
		if (kfuncs->items[i].group && !strcmp(kfuncs->items[i].group, group))
			return false;
	return group;
}

static json_t *group_encode(const struct kfuncs *kfuncs, const char *group)
{
	json_t *members = json_array();

	for (size_t i = 0; i < kfuncs->n_items; i++)
		if (kfuncs->items[i].group && !strcmp(kfuncs->items[i].group, group))
			json_array_append_new(members, text_encode(kfuncs->items[i].name));
	return json_pack("{s:o, s:o, s:b, s:b}", "name", text_encode(group), "members", members,
			 "resolved", kfuncs_have_one_of(kfuncs, group), "exactly_one",
			 kfuncs_want_only_one_of(kfuncs, group));
}

json_t *groups_encode(const struct subject *subject)
{
	json_t *list = json_array();

	for (size_t i = 0; i < subject->kfuncs.n_items; i++)
		if (begins_group(&subject->kfuncs, i))
			json_array_append_new(list, group_encode(&subject->kfuncs,
								 subject->kfuncs.items[i].group));
	return list;
}
