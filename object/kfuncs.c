// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/kfuncs.h"

#include "base/cleanup.h"
#include "object/c-declaration.h"
#include "object/elf.h"
#include "object/global-variable.h"

#include <stdio.h>
#include <string.h>

#define SECTION ".ksyms"
/* libbpf compares types down to the same depth. */
#define DEPTH_MAX 32
/* Maximum for one object; the kernel allows 256 in one program. */
#define KFUNCS_MAX 1024
/* Maximum of a name with its flavour; symbols of the kernel have at most 511. */
#define NAME_LENGTH_MAX 1000

static bool match(const struct btf *own, uint32_t own_id, const struct btf *kernel,
		  uint32_t kernel_id, int depth);

static bool match_prototypes(const struct btf *own, const struct btf_type *own_type,
			     const struct btf *kernel, const struct btf_type *kernel_type,
			     int depth)
{
	if (btf_vlen(own_type) != btf_vlen(kernel_type))
		return false;
	for (int i = 0; i < btf_vlen(own_type); i++)
		if (!match(own, btf_params(own_type)[i].type, kernel,
			   btf_params(kernel_type)[i].type, depth + 1))
			return false;
	return match(own, own_type->type, kernel, kernel_type->type, depth + 1);
}

/*
 * The rules of libbpf's __bpf_core_types_are_compat() (relo_core.c): the kinds of types must agree, not their
 * names or sizes.
 */
static bool match(const struct btf *own, uint32_t own_id, const struct btf *kernel,
		  uint32_t kernel_id, int depth)
{
	const struct btf_type *own_type = type_resolve(own, own_id);
	const struct btf_type *kernel_type = type_resolve(kernel, kernel_id);

	if (!own_type || !kernel_type || depth > DEPTH_MAX)
		return false;
	if (btf_is_any_enum(own_type) && btf_is_any_enum(kernel_type))
		return true;
	if (btf_kind(own_type) != btf_kind(kernel_type))
		return false;
	switch (btf_kind(own_type)) {
	case BTF_KIND_INT:
		return btf_int_offset(own_type) == 0 && btf_int_offset(kernel_type) == 0;
	case BTF_KIND_PTR:
		return match(own, own_type->type, kernel, kernel_type->type, depth + 1);
	case BTF_KIND_ARRAY:
		return match(own, btf_array(own_type)->type, kernel, btf_array(kernel_type)->type,
			     depth + 1);
	case BTF_KIND_FUNC_PROTO:
		return match_prototypes(own, own_type, kernel, kernel_type, depth);
	case BTF_KIND_UNKN: /* the type void */
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
		return true;
	default:
		return false;
	}
}

/* The kfuncs of an object while they are looked up, each with its function in the object's types. */
struct resolving {
	struct btf *btf;
	struct kfuncs kfuncs;
	struct reference {
		struct kfunc *kfunc;
		uint32_t function;
	} * references; /* as many as kfuncs */
};

static void resolving_done(struct resolving *resolving)
{
	free(resolving->references);
	kfuncs_done(&resolving->kfuncs);
	elf_free_btf(&resolving->btf);
}

static int compare_functions(const void *one, const void *other)
{
	const struct reference *left = one, *right = other;

	return (left->function > right->function) - (left->function < right->function);
}

static int compare_names(const void *one, const void *other)
{
	const struct reference *left = one, *right = other;

	return strcmp(left->kfunc->name, right->kfunc->name);
}

/*
 * Calls the function with each reference that compares as equal to the key; they are sorted that way. Several
 * externs of an object may refer to one function.
 */
static int for_equal(const struct resolving *resolving, const struct reference *key,
		     int (*compare)(const void *one, const void *other),
		     int (*visit)(struct kfunc *kfunc, const void *userdata), const void *userdata)
{
	const struct reference *references = resolving->references;
	const struct reference *end = references + resolving->kfuncs.n_items;
	const struct reference *found = bsearch(key, references, resolving->kfuncs.n_items,
						sizeof(*references), compare);
	int result = 0;

	while (found && found > references && compare(key, found - 1) == 0)
		found--;
	for (; result == 0 && found && found < end && compare(key, found) == 0; found++)
		result = visit(found->kfunc, userdata);
	return result;
}

static void sort(struct resolving *resolving, int (*compare)(const void *one, const void *other))
{
	qsort(resolving->references, resolving->kfuncs.n_items, sizeof(*resolving->references),
	      compare);
}

/* The tags of bpf/include/one-of.h, and how many functions of a group must exist. */
static const struct group_kind {
	const char *tag;
	bool only;
} group_kinds[] = {
	{ "xdpd:one_of:", false },
	{ "xdpd:exactly_one_of:", true },
};

struct group {
	const char *name;
	bool only;
};

/* If there are several tags, the first one counts. */
static int set_group(struct kfunc *kfunc, const void *userdata)
{
	const struct group *group = userdata;

	if (kfunc->group)
		return 0;
	kfunc->group = strndup(group->name, NAME_LENGTH_MAX);
	kfunc->only = group->only;
	return kfunc->group ? 0 : -ENOMEM;
}

static bool read_group(const char *text, struct group *ret)
{
	for (size_t i = 0; text && i < array_size(group_kinds); i++) {
		const struct group_kind *kind = &group_kinds[i];

		if (strncmp(text, kind->tag, strlen(kind->tag)) != 0)
			continue;
		*ret = (struct group){ text + strlen(kind->tag), kind->only };
		return true;
	}
	return false;
}

/* Declaration tags of functions name the groups. */
static int find_groups(struct resolving *resolving)
{
	int result = 0;

	sort(resolving, compare_functions);
	for (uint32_t id = 1; result == 0 && id < btf__type_cnt(resolving->btf); id++) {
		const struct btf_type *type = btf__type_by_id(resolving->btf, id);
		const struct reference tagged = { .function = type->type };
		struct group group;

		if (btf_is_decl_tag(type) &&
		    read_group(btf__name_by_offset(resolving->btf, type->name_off), &group))
			result = for_equal(resolving, &tagged, compare_functions, set_group,
					   &group);
	}
	return result;
}

static int set_weak(struct kfunc *kfunc, const void *userdata)
{
	const struct elf_symbol *symbol = userdata;

	kfunc->weak = symbol->is_weak;
	return 0;
}

static int mark_weak(const struct elf_symbol *symbol, void *userdata)
{
	struct kfunc key = { .name = (char *)symbol->name };

	return symbol->is_defined ? 0
				  : for_equal(userdata, &(const struct reference){ .kfunc = &key },
					      compare_names, set_weak, symbol);
}

/* If the types are invalid, only the name is printed. */
static char *prototype_of(const struct signature *signature)
{
	return signature_format(signature) ?: strdup(signature_name(signature));
}

/* Adds a kfunc, as the object's types describe it. */
static int take_function(struct resolving *resolving, uint32_t function)
{
	const struct signature own = { resolving->btf, function };
	struct kfunc *kfunc = &resolving->kfuncs.items[resolving->kfuncs.n_items];

	if (strnlen(signature_name(&own), NAME_LENGTH_MAX + 1) > NAME_LENGTH_MAX)
		return -ENAMETOOLONG;
	resolving->references[resolving->kfuncs.n_items++] = (struct reference){ kfunc, function };
	kfunc->name = strdup(signature_name(&own));
	kfunc->prototype = prototype_of(&own);
	return kfunc->name && kfunc->prototype ? 0 : -ENOMEM;
}

/* Compares it with the kernel's function of that name. */
static int compare_with_kernel(struct kfunc *kfunc, const struct signature *own,
			       const struct kernel_function *found)
{
	if (!found->module) {
		kfunc->state = KFUNC_ABSENT;
		return 0;
	}
	kfunc->module = strdup(found->module);
	kfunc->kernel_prototype = prototype_of(&found->signature);
	if (!kfunc->module || !kfunc->kernel_prototype)
		return -ENOMEM;
	if (!match(own->btf, btf__type_by_id(own->btf, own->function_id)->type,
		   found->signature.btf,
		   btf__type_by_id(found->signature.btf, found->signature.function_id)->type, 0))
		kfunc->state = KFUNC_DIFFERENT;
	return 0;
}

static int find_in_kernel(struct resolving *resolving, struct kernel_btf *types)
{
	size_t count = resolving->kfuncs.n_items;
	cleanup(freep) struct wanted_function *wanted = calloc(count + 1, sizeof(*wanted));
	int result = wanted ? 0 : -ENOMEM;

	for (size_t i = 0; wanted && i < count; i++) {
		wanted[i].name = resolving->references[i].kfunc->name;
		wanted[i].length = kfunc_name_length(wanted[i].name);
	}
	if (result == 0 && types)
		result = kernel_btf_find(types, wanted, count);
	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct reference *reference = &resolving->references[i];

		result = compare_with_kernel(
			reference->kfunc,
			&(const struct signature){ resolving->btf, reference->function },
			&wanted[i].found);
	}
	return result;
}

static int resolve(struct resolving *resolving, const struct object *object,
		   struct kernel_btf *types)
{
	int result = find_groups(resolving);

	if (result < 0)
		return result;
	sort(resolving, compare_names);
	result = elf_each_global(&object->blob, mark_weak, resolving);
	return result < 0 ? result : find_in_kernel(resolving, types);
}

/* The section of the kernel's symbols in the object; NULL if there is none. */
static const struct btf_type *find_section(const struct btf *btf)
{
	int id = btf ? btf__find_by_name_kind(btf, SECTION, BTF_KIND_DATASEC) : -ENOENT;

	return id > 0 ? btf__type_by_id(btf, id) : NULL;
}

static bool is_function(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	return type && btf_is_func(type);
}

bool kfuncs_may_be_called(const struct bpf_object *opened)
{
	return find_section(bpf_object__btf(opened));
}

bool kfuncs_are_called(const struct object *object)
{
	cleanup(elf_free_btf) struct btf *btf = elf_read_btf(&object->blob);
	const struct btf_type *section = find_section(btf);

	for (int i = 0; section && i < btf_vlen(section); i++)
		if (is_function(btf, btf_var_secinfos(section)[i].type))
			return true;
	return false;
}

static int take_functions(struct resolving *resolving, const struct btf_type *section)
{
	const struct btf_var_secinfo *entries = btf_var_secinfos(section);
	int result = 0;

	resolving->kfuncs.items = calloc(KFUNCS_MAX, sizeof(*resolving->kfuncs.items));
	resolving->references = calloc(KFUNCS_MAX, sizeof(*resolving->references));
	if (!resolving->kfuncs.items || !resolving->references)
		return -ENOMEM;
	for (int i = 0; result == 0 && i < btf_vlen(section); i++) {
		if (!is_function(resolving->btf, entries[i].type))
			continue;
		result = resolving->kfuncs.n_items < KFUNCS_MAX
				 ? take_function(resolving, entries[i].type)
				 : -E2BIG;
	}
	return result;
}

static int refuse_object(const struct object *object, int failure, struct error *error)
{
	if (failure == -E2BIG)
		return error_set(error, ERROR_BAD_OBJECT, failure,
				 "%s calls more than %d functions of the kernel", object->label,
				 KFUNCS_MAX);
	if (failure == -ENAMETOOLONG)
		return error_set(error, ERROR_BAD_OBJECT, failure,
				 "%s calls a function of the kernel whose name has more than %d "
				 "characters",
				 object->label, NAME_LENGTH_MAX);
	return error_memory(error);
}

int kfuncs_resolve(const struct object *object, struct kernel_btf *types, struct kfuncs *ret,
		   struct error *error)
{
	cleanup(resolving_done) struct resolving resolving = { .btf = elf_read_btf(&object->blob) };
	const struct btf_type *section = find_section(resolving.btf);
	int result;

	if (!resolving.btf && !elf_has_btf(&object->blob)) {
		*ret = (struct kfuncs){};
		return 0;
	}
	if (!resolving.btf)
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
				 "the type information (BTF) of %s is damaged", object->label);
	result = section ? take_functions(&resolving, section) : 0;
	if (result == 0 && resolving.kfuncs.n_items)
		result = resolve(&resolving, object, types);
	if (result < 0)
		return refuse_object(object, result, error);
	*ret = resolving.kfuncs;
	resolving.kfuncs = (struct kfuncs){};
	return 0;
}

int kfuncs_resolve_here(const struct object *object, struct kfuncs *ret, struct error *error)
{
	cleanup(kernel_btf_drop) struct kernel_btf *types = NULL;
	int result;

	if (!kfuncs_are_called(object))
		return 0;
	result = kernel_btf_open(NULL, &types, error);
	return result < 0 ? result : kfuncs_resolve(object, types, ret, error);
}
