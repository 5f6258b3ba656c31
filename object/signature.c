// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/signature.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "object/c-declaration.h"

#include <stdio.h>
#include <string.h>

/* Maximum number of modifiers and names of a type; libbpf has the same. */
#define DEPTH_MAX 32

/* The two functions, and their prototypes; the first would replace the second. */
struct comparison {
	const struct signature *function;
	const struct signature *target;
	struct error *error;
};

static const struct btf_type *prototype(const struct signature *signature)
{
	const struct btf_type *function = btf__type_by_id(signature->btf, signature->function_id);

	return btf__type_by_id(signature->btf, function->type);
}

const char *signature_name(const struct signature *signature)
{
	const struct btf_type *function = btf__type_by_id(signature->btf, signature->function_id);

	return btf__name_by_offset(signature->btf, function->name_off);
}

bool signature_is_global(const struct signature *signature)
{
	/* For functions BTF has the linkage in the place of the number of members. */
	return btf_vlen(btf__type_by_id(signature->btf, signature->function_id)) == BTF_FUNC_GLOBAL;
}

int signature_find(const struct btf *btf, const char *name, struct signature *ret)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_FUNC);

	*ret = (struct signature){ btf, id > 0 ? id : 0 };
	return id > 0 ? 0 : -ENOENT;
}

/*
 * Like the kernel's btf_type_skip_modifiers(). Kernels refuse a cycle of modifiers, but they may not have
 * seen this object: a type that leads nowhere counts as void.
 */
static const struct btf_type *skip_modifiers(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	for (int depth = 0; type && (btf_is_mod(type) || btf_is_typedef(type)); depth++)
		type = depth < DEPTH_MAX ? btf__type_by_id(btf, type->type) : NULL;
	return type ?: btf__type_by_id(btf, 0);
}

static bool is_scalar(const struct btf_type *type)
{
	return btf_is_int(type) || btf_is_any_enum(type);
}

/* Does the type of an argument or of a result have a size? */
static bool has_size(const struct btf_type *type)
{
	return is_scalar(type) || btf_is_composite(type) || btf_is_float(type);
}

/* The structure that an argument points to; NULL if it does not. */
static const struct btf_type *pointed_structure(const struct btf *btf, const struct btf_type *type)
{
	const struct btf_type *pointed = btf_is_ptr(type) ? skip_modifiers(btf, type->type) : NULL;

	return pointed && btf_is_struct(pointed) ? pointed : NULL;
}

size_t signature_arguments(const struct signature *signature, int *ret_context)
{
	const struct btf_type *type = prototype(signature);
	const struct btf_param *arguments = btf_params(type);

	*ret_context = -1;
	for (size_t i = 0; *ret_context < 0 && i < btf_vlen(type); i++)
		if (btf_is_ptr(skip_modifiers(signature->btf, arguments[i].type)))
			*ret_context = i;
	return btf_vlen(type);
}

char *signature_format(const struct signature *signature)
{
	const struct btf_type *function = btf__type_by_id(signature->btf, signature->function_id);

	return c_declaration(signature->btf, function->type, signature_name(signature));
}

/* "'fw' cannot take the place of 'slot': " and the difference. */
__attribute__((format(printf, 2, 3))) static int differ(const struct comparison *comparison,
							const char *format, ...)
{
	cleanup(freep) char *difference = NULL;
	va_list arguments;

	va_start(arguments, format);
	difference = format_text(format, arguments);
	va_end(arguments);
	if (!difference)
		return error_memory(comparison->error);
	return error_set(comparison->error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "'%s' does not fit the slot '%s': %s",
			 signature_name(comparison->function), signature_name(comparison->target),
			 difference);
}

static int check_linkage(const struct comparison *comparison, const struct signature *signature)
{
	if (signature_is_global(signature))
		return 0;
	return differ(comparison, "'%s' is static; a slot and the function in it must be global",
		      signature_name(signature));
}

static int check_count(const struct comparison *comparison)
{
	unsigned int own = btf_vlen(prototype(comparison->function));
	unsigned int wanted = btf_vlen(prototype(comparison->target));

	if (own == wanted)
		return 0;
	return differ(comparison, "it takes %u argument%s, but '%s' takes %u", own,
		      own == 1 ? "" : "s", signature_name(comparison->target), wanted);
}

/* Prints both types in C notation. */
static int types_differ(const struct comparison *comparison, const char *what, uint32_t own,
			uint32_t wanted)
{
	cleanup(freep) char *own_text = c_declaration(comparison->function->btf, own, "");
	cleanup(freep) char *wanted_text = c_declaration(comparison->target->btf, wanted, "");

	return differ(comparison, "its %s is '%s', but that of '%s' is '%s'", what, own_text ?: "?",
		      signature_name(comparison->target), wanted_text ?: "?");
}

/* The kernel compares `info`: kind, number of members, and a flag. */
static int check_result(const struct comparison *comparison)
{
	uint32_t own = prototype(comparison->function)->type;
	uint32_t wanted = prototype(comparison->target)->type;

	if (skip_modifiers(comparison->function->btf, own)->info ==
	    skip_modifiers(comparison->target->btf, wanted)->info)
		return 0;
	return types_differ(comparison, "result", own, wanted);
}

static int check_pointers(const struct comparison *comparison, const char *what,
			  const struct btf_type *own, const struct btf_type *wanted)
{
	const struct signature *function = comparison->function, *target = comparison->target;
	const struct btf_type *own_structure = pointed_structure(function->btf, own);
	const struct btf_type *wanted_structure = pointed_structure(target->btf, wanted);
	const char *own_name, *wanted_name;

	if (!own_structure || !wanted_structure)
		return differ(comparison,
			      "%s of '%s' is not a pointer to the context, and other pointers "
			      "cannot be compared",
			      what, signature_name(own_structure ? target : function));
	own_name = btf__name_by_offset(function->btf, own_structure->name_off);
	wanted_name = btf__name_by_offset(target->btf, wanted_structure->name_off);
	if (!strcmp(own_name, wanted_name))
		return 0;
	return differ(comparison, "its %s points to 'struct %s', but that of '%s' to 'struct %s'",
		      what, own_name, signature_name(target), wanted_name);
}

static int check_argument(const struct comparison *comparison, unsigned int number)
{
	uint32_t own_id = btf_params(prototype(comparison->function))[number].type;
	uint32_t wanted_id = btf_params(prototype(comparison->target))[number].type;
	const struct btf_type *own = skip_modifiers(comparison->function->btf, own_id);
	const struct btf_type *wanted = skip_modifiers(comparison->target->btf, wanted_id);
	char what[32];

	snprintf(what, sizeof(what), "argument %u", number + 1);
	if (own->info != wanted->info)
		return types_differ(comparison, what, own_id, wanted_id);
	if (has_size(own) && own->size != wanted->size)
		return differ(comparison, "its %s has %u bytes, but that of '%s' has %u", what,
			      own->size, signature_name(comparison->target), wanted->size);
	if (is_scalar(own))
		return 0;
	if (!btf_is_ptr(own))
		return differ(comparison, "%s is neither a number nor a pointer to the context",
			      what);
	return check_pointers(comparison, what, own, wanted);
}

int signature_check(const struct signature *function, const struct signature *target,
		    struct error *error)
{
	const struct comparison comparison = { function, target, error };
	int result = check_linkage(&comparison, function) ?: check_linkage(&comparison, target)
			     ?: check_count(&comparison) ?: check_result(&comparison);

	for (unsigned int i = 0; result == 0 && i < btf_vlen(prototype(function)); i++)
		result = check_argument(&comparison, i);
	return result;
}
