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

#define CONTEXT "xdp_md"

/* The first function would replace the second, or be replaced by it. */
struct comparison {
	const struct signature *function;
	const struct signature *target;
	const char *relation; /* what is wrong with the first if they differ */
	const char *other;    /* how a sentence names the second */
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

/* The name of a structure or union; NULL for other types. It may only be declared. */
static const char *structure_name(const struct btf *btf, const struct btf_type *type)
{
	return btf_is_composite(type) || btf_is_fwd(type) ? btf__name_by_offset(btf, type->name_off)
							  : NULL;
}

/* Programs for void * get the context, too; other structures are arguments that point into a policy's memory. */
static bool is_context(const struct btf *btf, uint32_t id)
{
	const struct btf_type *type = skip_modifiers(btf, id);
	const struct btf_type *structure = pointed_structure(btf, type);

	return btf_is_ptr(type) &&
	       (!structure || !strcmp(btf__name_by_offset(btf, structure->name_off), CONTEXT));
}

size_t signature_arguments(const struct signature *signature, int *ret_context)
{
	const struct btf_type *type = prototype(signature);
	const struct btf_param *arguments = btf_params(type);

	*ret_context = -1;
	for (size_t i = 0; *ret_context < 0 && i < btf_vlen(type); i++)
		if (is_context(signature->btf, arguments[i].type))
			*ret_context = i;
	return btf_vlen(type);
}

bool signature_points_to(const struct signature *signature, const char *structure)
{
	const struct btf *btf = signature->btf;
	const struct btf_type *type = prototype(signature);

	for (size_t i = 0; i < btf_vlen(type); i++) {
		const struct btf_type *argument = skip_modifiers(btf, btf_params(type)[i].type);
		const char *name = btf_is_ptr(argument)
					   ? structure_name(btf,
							    skip_modifiers(btf, argument->type))
					   : NULL;

		if (name && !strcmp(name, structure))
			return true;
	}
	return false;
}

char *signature_format(const struct signature *signature)
{
	const struct btf_type *function = btf__type_by_id(signature->btf, signature->function_id);

	return c_declaration(signature->btf, function->type, signature_name(signature));
}

/* "'fw' does not fit the slot 'slot': " and the difference. */
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
	return error_set(comparison->error, ERROR_INVALID_ARGUMENT, -EINVAL, "'%s' %s: %s",
			 signature_name(comparison->function), comparison->relation, difference);
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
	return differ(comparison, "it takes %u argument%s, but %s takes %u", own,
		      own == 1 ? "" : "s", comparison->other, wanted);
}

/* Prints both types in C notation. */
static int types_differ(const struct comparison *comparison, const char *what, uint32_t own,
			uint32_t wanted)
{
	cleanup(freep) char *own_text = c_declaration(comparison->function->btf, own, "");
	cleanup(freep) char *wanted_text = c_declaration(comparison->target->btf, wanted, "");

	return differ(comparison, "its %s is '%s', but that of %s is '%s'", what, own_text ?: "?",
		      comparison->other, wanted_text ?: "?");
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

/*
 * The kernel compares only the names, and checks each function with the size that its own BTF has: a component with
 * a larger structure would read memory after the policy's. The context has the size that the kernel gives it.
 */
static int check_structures(const struct comparison *comparison, const char *what,
			    const struct btf_type *own, const struct btf_type *wanted)
{
	const char *own_name = btf__name_by_offset(comparison->function->btf, own->name_off);
	const char *wanted_name = btf__name_by_offset(comparison->target->btf, wanted->name_off);

	if (strcmp(own_name, wanted_name) != 0)
		return differ(comparison,
			      "its %s points to 'struct %s', but that of %s to 'struct %s'", what,
			      own_name, comparison->other, wanted_name);
	if (own->size == wanted->size || !strcmp(own_name, CONTEXT))
		return 0;
	return differ(comparison,
		      "its %s points to a 'struct %s' of %u bytes, but that of %s to one of %u",
		      what, own_name, own->size, comparison->other, wanted->size);
}

static int check_pointers(const struct comparison *comparison, const char *what,
			  const struct btf_type *own, const struct btf_type *wanted)
{
	const struct signature *function = comparison->function, *target = comparison->target;
	const struct btf_type *own_structure = pointed_structure(function->btf, own);
	const struct btf_type *wanted_structure = pointed_structure(target->btf, wanted);

	if (!own_structure || !wanted_structure)
		return differ(comparison,
			      "%s of '%s' is not a pointer to a structure, and other pointers "
			      "cannot be compared",
			      what, signature_name(own_structure ? target : function));
	return check_structures(comparison, what, own_structure, wanted_structure);
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
		return differ(comparison, "its %s has %u bytes, but that of %s has %u", what,
			      own->size, comparison->other, wanted->size);
	if (is_scalar(own))
		return 0;
	if (!btf_is_ptr(own))
		return differ(comparison, "%s is neither a number nor a pointer to the context",
			      what);
	return check_pointers(comparison, what, own, wanted);
}

static int check_all(const struct comparison *comparison,
		     int (*check)(const struct comparison *comparison, unsigned int number))
{
	int result = check_count(comparison) ?: check_result(comparison);

	for (unsigned int i = 0; result == 0 && i < btf_vlen(prototype(comparison->function)); i++)
		result = check(comparison, i);
	return result;
}

int signature_check(const struct signature *function, const struct signature *target,
		    struct error *error)
{
	cleanup(freep) char *other = NULL, *relation = NULL;
	struct comparison comparison = { .function = function, .target = target, .error = error };

	if (asprintf(&other, "'%s'", signature_name(target)) < 0)
		other = NULL;
	if (other && asprintf(&relation, "does not fit the slot %s", other) < 0)
		relation = NULL;
	if (!relation)
		return error_memory(error);
	comparison.other = other;
	comparison.relation = relation;
	return check_linkage(&comparison, function) ?: check_linkage(&comparison, target)
	       ?: check_all(&comparison, check_argument);
}

/* Pointers in the declarations of an offered function. */
static int check_pointed(const struct comparison *comparison, const char *what, uint32_t own_id,
			 uint32_t wanted_id)
{
	const struct btf *btf = comparison->function->btf, *other_btf = comparison->target->btf;
	const struct btf_type *own = skip_modifiers(btf, own_id);
	const struct btf_type *wanted = skip_modifiers(other_btf, wanted_id);
	const char *own_name, *wanted_name;

	own = skip_modifiers(btf, own->type);
	wanted = skip_modifiers(other_btf, wanted->type);
	own_name = structure_name(btf, own);
	wanted_name = structure_name(other_btf, wanted);
	if (!own_name != !wanted_name || (own_name && strcmp(own_name, wanted_name) != 0) ||
	    (!own_name && btf_kind(own) != btf_kind(wanted)))
		return types_differ(comparison, what, own_id, wanted_id);
	if (btf_is_fwd(own) || btf_is_fwd(wanted))
		return 0;
	if (own_name)
		return check_structures(comparison, what, own, wanted);
	return has_size(own) && own->size != wanted->size
		       ? types_differ(comparison, what, own_id, wanted_id)
		       : 0;
}

static int check_same(const struct comparison *comparison, const char *what, uint32_t own_id,
		      uint32_t wanted_id)
{
	const struct btf_type *own = skip_modifiers(comparison->function->btf, own_id);
	const struct btf_type *wanted = skip_modifiers(comparison->target->btf, wanted_id);

	if (btf_kind(own) != btf_kind(wanted))
		return types_differ(comparison, what, own_id, wanted_id);
	if (btf_is_ptr(own))
		return check_pointed(comparison, what, own_id, wanted_id);
	if (has_size(own) && own->size != wanted->size)
		return differ(comparison, "its %s has %u bytes, but that of %s has %u", what,
			      own->size, comparison->other, wanted->size);
	return 0;
}

static int check_offered_argument(const struct comparison *comparison, unsigned int number)
{
	char what[32];

	snprintf(what, sizeof(what), "argument %u", number + 1);
	return check_same(comparison, what,
			  btf_params(prototype(comparison->function))[number].type,
			  btf_params(prototype(comparison->target))[number].type);
}

int signature_check_offer(const struct signature *function, const struct signature *offered,
			  struct error *error)
{
	const struct comparison comparison = {
		.function = function,
		.target = offered,
		.relation = "is declared otherwise in the policy",
		.other = "the policy's function",
		.error = error,
	};

	return check_same(&comparison, "result", prototype(function)->type,
			  prototype(offered)->type)
		       ?: check_all(&comparison, check_offered_argument);
}
