#define _GNU_SOURCE
#include "object/kfuncs.h"

#include "base/cleanup.h"
#include "object/declaration.h"
#include "object/elf.h"
#include "object/variable.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

#define SECTION ".ksyms"
#define FLAVOUR "___"
#define ONE_OF	"xdpd:one_of:"
/* As libbpf compares types. */
#define DEPTH_MAX 32

static const char *const state_names[] = {
	[KFUNC_RESOLVED] = "resolved",
	[KFUNC_ABSENT] = "absent",
	[KFUNC_DIFFERENT] = "different",
};
static_assert(array_size(state_names) == KFUNC_STATE_COUNT, "every state has a name");

const char *kfunc_state_name(enum kfunc_state state)
{
	assert(state >= 0 && state < KFUNC_STATE_COUNT);
	return state_names[state];
}

/* The last flavour counts, and something must be before and behind it: bpf_core_essential_name_len(). */
size_t kfunc_name_length(const char *name)
{
	size_t length = strlen(name);

	for (long i = (long)length - 5; i >= 0; i--)
		if (name[i] != '_' && !strncmp(name + i + 1, FLAVOUR, strlen(FLAVOUR)) &&
		    name[i + 1 + strlen(FLAVOUR)] != '_')
			return i + 1;
	return length;
}

void kfuncs_done(struct kfuncs *kfuncs)
{
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		struct kfunc *kfunc = &kfuncs->items[i];

		free(kfunc->name);
		free(kfunc->group);
		free(kfunc->prototype);
		free(kfunc->kernel_prototype);
		free(kfunc->module);
	}
	free(kfuncs->items);
	*kfuncs = (struct kfuncs){};
}

static int mark_weak(const struct elf_symbol *symbol, void *userdata)
{
	struct kfunc *kfunc = userdata;

	if (!symbol->is_defined && !strcmp(symbol->name, kfunc->name))
		kfunc->weak = symbol->is_weak;
	return 0;
}

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
 * The rules of libbpf's __bpf_core_types_are_compat() (relo_core.c): what types are of, not their
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
	case BTF_KIND_UNKN: /* void */
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION:
	case BTF_KIND_FWD:
		return true;
	default:
		return false;
	}
}

/* The group that a declaration tag of the function names; NULL if there is none. */
static const char *find_group(const struct btf *btf, uint32_t function)
{
	for (uint32_t id = 1; id < btf__type_cnt(btf); id++) {
		const struct btf_type *type = btf__type_by_id(btf, id);
		const char *text;

		if (!btf_is_decl_tag(type) || type->type != function)
			continue;
		text = btf__name_by_offset(btf, type->name_off);
		if (text && !strncmp(text, ONE_OF, strlen(ONE_OF)))
			return text + strlen(ONE_OF);
	}
	return NULL;
}

/* Of types that make no sense the name is all that is told. */
static char *prototype_of(const struct signature *signature)
{
	return signature_format(signature) ?: strdup(signature_name(signature));
}

/* Its place in the kernel. */
static int find_in_kernel(struct kfunc *kfunc, const struct signature *own,
			  struct kernel_types *types)
{
	struct kernel_function found;

	if (!types ||
	    !kernel_types_find(types, kfunc->name, kfunc_name_length(kfunc->name), &found)) {
		kfunc->state = KFUNC_ABSENT;
		return 0;
	}
	kfunc->module = strdup(found.module);
	kfunc->kernel_prototype = prototype_of(&found.signature);
	if (!kfunc->module || !kfunc->kernel_prototype)
		return -ENOMEM;
	if (!match(own->btf, btf__type_by_id(own->btf, own->function_id)->type, found.signature.btf,
		   btf__type_by_id(found.signature.btf, found.signature.function_id)->type, 0))
		kfunc->state = KFUNC_DIFFERENT;
	return 0;
}

static int resolve(const struct object *object, const struct signature *own,
		   struct kernel_types *types, struct kfunc *ret)
{
	const char *name = signature_name(own), *group = find_group(own->btf, own->function_id);

	ret->name = strdup(name);
	ret->prototype = prototype_of(own);
	if (group)
		ret->group = strdup(group);
	if (!ret->name || !ret->prototype || (group && !ret->group))
		return -ENOMEM;
	elf_each_global(&object->blob, mark_weak, ret);
	return find_in_kernel(ret, own, types);
}

/* What the section of the kernel's symbols has; NULL for an object without. */
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

bool kfuncs_are_called(const struct object *object)
{
	cleanup(elf_free_btf) struct btf *btf = elf_read_btf(&object->blob);
	const struct btf_type *section = find_section(btf);

	for (int i = 0; section && i < btf_vlen(section); i++)
		if (is_function(btf, btf_var_secinfos(section)[i].type))
			return true;
	return false;
}

int kfuncs_resolve(const struct object *object, struct kernel_types *types, struct kfuncs *ret,
		   struct error *error)
{
	cleanup(elf_free_btf) struct btf *btf = elf_read_btf(&object->blob);
	cleanup(kfuncs_done) struct kfuncs kfuncs = {};
	const struct btf_type *section = find_section(btf);
	int result = 0;

	if (!btf)
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
				 "the type information (BTF) of %s is damaged", object->label);
	kfuncs.items = calloc(section ? btf_vlen(section) + 1 : 1, sizeof(*kfuncs.items));
	if (!kfuncs.items)
		return error_memory(error);
	for (int i = 0; result == 0 && section && i < btf_vlen(section); i++) {
		struct signature own = { btf, btf_var_secinfos(section)[i].type };

		if (is_function(btf, own.function_id))
			result = resolve(object, &own, types, &kfuncs.items[kfuncs.n_items++]);
	}
	if (result < 0)
		return error_memory(error);
	*ret = kfuncs;
	kfuncs = (struct kfuncs){};
	return 0;
}

int kfuncs_resolve_here(const struct object *object, struct kfuncs *ret, struct error *error)
{
	cleanup(kernel_types_drop) struct kernel_types *types = NULL;
	int result;

	if (!kfuncs_are_called(object))
		return 0;
	result = kernel_types_open(NULL, &types, error);
	return result < 0 ? result : kfuncs_resolve(object, types, ret, error);
}

bool kfuncs_have_one_of(const struct kfuncs *kfuncs, const char *group)
{
	for (size_t i = 0; i < kfuncs->n_items; i++)
		if (kfuncs->items[i].group && !strcmp(kfuncs->items[i].group, group) &&
		    kfuncs->items[i].state == KFUNC_RESOLVED)
			return true;
	return false;
}

static void add_prototypes(FILE *text, const struct kfunc *kfunc)
{
	fprintf(text, "the object declares: %s\n", kfunc->prototype);
	if (kfunc->kernel_prototype)
		fprintf(text, "the kernel has: %s\n", kfunc->kernel_prototype);
	else
		fprintf(text, "the kernel has no %.*s\n", (int)kfunc_name_length(kfunc->name),
			kfunc->name);
}

/* The prototypes of that one, or of all in the group, become the error's detail. */
static void explain(const struct kfuncs *kfuncs, const struct kfunc *missing, struct error *error)
{
	cleanup(freep) char *text = NULL;
	size_t size;
	FILE *stream = open_memstream(&text, &size);

	if (!stream)
		return;
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		const struct kfunc *kfunc = &kfuncs->items[i];

		if (missing->weak ? kfunc->group && !strcmp(kfunc->group, missing->group)
				  : kfunc == missing)
			add_prototypes(stream, kfunc);
	}
	if (fclose(stream) == 0)
		error_detail(error, text);
}

static int refuse(const struct kfuncs *kfuncs, const struct kfunc *missing, const char *label,
		  struct error *error)
{
	int length = kfunc_name_length(missing->name);

	if (missing->weak)
		error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
			  "%s needs one of the kernel functions of group '%s', but this kernel has "
			  "none of them",
			  label, missing->group);
	else
		error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
			  "%s needs the kernel function '%.*s', which this kernel %s", label,
			  length, missing->name,
			  missing->state == KFUNC_ABSENT ? "does not have"
							 : "has with a different prototype");
	explain(kfuncs, missing, error);
	return -ENOTSUP;
}

int kfuncs_check(const struct kfuncs *kfuncs, const char *label, struct error *error)
{
	for (size_t i = 0; i < kfuncs->n_items; i++) {
		const struct kfunc *kfunc = &kfuncs->items[i];
		bool absent = !kfunc->weak && kfunc->state != KFUNC_RESOLVED;

		if (absent || (kfunc->group && !kfuncs_have_one_of(kfuncs, kfunc->group)))
			return refuse(kfuncs, kfunc, label, error);
	}
	return 0;
}
