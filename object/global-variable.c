// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/global-variable.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* How many names an error lists, and how much of each: a hostile object has names of megabytes. */
#define LISTED_MAX	20
#define LISTED_NAME_MAX 64
/* Maximum number of qualifiers and names of a type: a damaged object may have a cycle of them. */
#define DEPTH_MAX 32

const struct btf_type *type_resolve(const struct btf *btf, __u32 type)
{
	const struct btf_type *found = btf__type_by_id(btf, type);

	for (int depth = 0; found && (btf_is_mod(found) || btf_is_typedef(found)); depth++)
		found = depth < DEPTH_MAX ? btf__type_by_id(btf, found->type) : NULL;
	return found;
}

bool type_is_number(const struct btf_type *type, size_t size)
{
	const bool has_size = size && size <= sizeof(unsigned __int128) && !(size & (size - 1));

	if (!type || (!btf_is_int(type) && !btf_is_any_enum(type)) || type->size != size)
		return false;
	return has_size &&
	       (!btf_is_int(type) || (!btf_int_offset(type) && btf_int_bits(type) == 8 * size));
}

/* A typedef keeps its own name, whatever it stands for. */
static const struct btf_type *named_type(const struct btf *btf, __u32 type)
{
	const struct btf_type *found = btf__type_by_id(btf, type);

	for (int depth = 0; found && btf_is_mod(found); depth++)
		found = depth < DEPTH_MAX ? btf__type_by_id(btf, found->type) : NULL;
	return found;
}

static char *format_type(const struct btf *btf, __u32 type, int depth,
			 char text[static TYPE_NAME_MAX])
{
	const struct btf_type *found = named_type(btf, type);
	const char *name = found ? btf__name_by_offset(btf, found->name_off) : "";
	char element[TYPE_NAME_MAX];

	if (depth == DEPTH_MAX)
		found = NULL;
	if (found && btf_is_array(found))
		snprintf(text, TYPE_NAME_MAX, "%.60s[%u]",
			 format_type(btf, btf_array(found)->type, depth + 1, element),
			 btf_array(found)->nelems);
	else if (found && btf_is_ptr(found))
		snprintf(text, TYPE_NAME_MAX, "pointer");
	else
		snprintf(text, TYPE_NAME_MAX, "%s%s%.60s",
			 !found			  ? "unknown type"
			 : btf_is_struct(found)	  ? "struct"
			 : btf_is_union(found)	  ? "union"
			 : btf_is_any_enum(found) ? "enum"
						  : "",
			 found && *name && (btf_is_composite(found) || btf_is_any_enum(found)) ? " "
											       : "",
			 name);
	return text;
}

char *type_format(const struct btf *btf, __u32 type, char text[static TYPE_NAME_MAX])
{
	return format_type(btf, type, 0, text);
}

/* Is it a variable of the object? Those of the kernel and its configuration are `extern`. */
static bool is_settable(const struct btf_type *variable)
{
	return btf_is_var(variable) && btf_var(variable)->linkage != BTF_VAR_GLOBAL_EXTERN;
}

/* To the compiler, maps, licenses and versions are variables, too. */
static bool is_data(const char *section)
{
	return !strncmp(section, ".rodata", strlen(".rodata")) ||
	       !strncmp(section, ".data", strlen(".data")) ||
	       !strncmp(section, ".bss", strlen(".bss"));
}

bool global_variable_each(const struct btf *btf, global_variable_visit visit, void *userdata)
{
	for (__u32 id = 1; btf && id < btf__type_cnt(btf); id++) {
		const struct btf_type *section = btf__type_by_id(btf, id);
		const char *section_name = btf__name_by_offset(btf, section->name_off);

		if (!btf_is_datasec(section) || !is_data(section_name))
			continue;
		for (int i = 0; i < btf_vlen(section); i++) {
			const struct btf_var_secinfo *info = &btf_var_secinfos(section)[i];
			const struct btf_type *type = btf__type_by_id(btf, info->type);
			const struct global_variable variable = { section_name, info->offset,
								  info->size, type ? type->type : 0,
								  id };

			if (type && is_settable(type) &&
			    visit(btf__name_by_offset(btf, type->name_off), &variable, userdata))
				return true;
		}
	}
	return false;
}

struct search {
	const char *path;
	size_t path_length;
	size_t length; /* of the name that was found in it */
	struct global_variable found;
};

/* A name may contain dots, as those of variables inside functions do. */
static bool is_named(const char *name, const struct global_variable *variable, void *userdata)
{
	struct search *search = userdata;
	/* Names may be long and overlap, and the text must not be searched for each of them. */
	size_t length = strnlen(name, search->path_length + 1);

	if (length > search->path_length || length <= search->length ||
	    memcmp(search->path, name, length) != 0 || !strchr(".[", search->path[length]))
		return false;
	search->length = length;
	search->found = *variable;
	return !search->path[length];
}

struct libxdp_pins {
	char *text;
	size_t count;
};

static void list_name(struct libxdp_pins *listing, const char *name)
{
	char cut[LISTED_NAME_MAX];

	if (++listing->count > LISTED_MAX + 1)
		return;
	snprintf(cut, sizeof(cut), "%.*s", LISTED_NAME_MAX - 1,
		 listing->count > LISTED_MAX ? "..." : name);
	names_append(&listing->text, cut);
}

static bool list_variable(const char *name, const struct global_variable *variable, void *userdata)
{
	(void)variable;
	list_name(userdata, name);
	return false;
}

static int no_such_variable(const struct btf *btf, const char *label, const char *path,
			    struct error *error)
{
	struct libxdp_pins listing = {};
	int result;

	global_variable_each(btf, list_variable, &listing);
	result = error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			   "%s has no global variable '%.*s'%s%s", label, (int)strcspn(path, ".["),
			   path, listing.text ? "; it has " : "; it has none", listing.text ?: "");
	free(listing.text);
	return result;
}

static int no_such_member(const struct btf *btf, const char *label, const char *path,
			  const struct btf_type *type, struct error *error)
{
	struct libxdp_pins listing = {};
	int result;

	for (int i = 0; i < btf_vlen(type); i++)
		list_name(&listing, btf__name_by_offset(btf, btf_members(type)[i].name_off));
	result = error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT,
			   "no '%s' in %s; the members are %s", path, label,
			   listing.text ?: "none");
	free(listing.text);
	return result;
}

static int damaged(const char *label, const char *path, struct error *error)
{
	return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
			 "the type information (BTF) of %s is damaged: '%s' does not fit into its "
			 "variable",
			 label, path);
}

/*
 * Replaces `*variable` by its part of that type at `offset`. Compilers put parts inside of the whole, and the
 * writer of values relies on it, so other files are refused.
 */
static int enter_part(const struct btf *btf, const char *label, const char *path, __u32 type,
		      size_t offset, struct global_variable *variable, struct error *error)
{
	__s64 size = btf__resolve_size(btf, type);

	if (size < 0 || offset > variable->size || (size_t)size > variable->size - offset)
		return damaged(label, path, error);
	variable->type = type;
	variable->offset += offset;
	variable->size = size;
	return 0;
}

/* Old compilers store the position of a bit field in its integer type, and not in the member. */
static bool is_bit_field(const struct btf *btf, const struct btf_type *structure, int member)
{
	const struct btf_type *type = type_resolve(btf, btf_members(structure)[member].type);

	return btf_member_bitfield_size(structure, member) ||
	       btf_member_bit_offset(structure, member) % 8 ||
	       (type && btf_is_int(type) &&
		(btf_int_offset(type) || btf_int_bits(type) != 8 * (size_t)type->size));
}

static int enter_member(const struct btf *btf, const char *label, const char *path,
			const char **rest, struct global_variable *variable, struct error *error)
{
	const struct btf_type *type = type_resolve(btf, variable->type);
	size_t length = strcspn(*rest, ".[");

	if (!type || !btf_is_composite(type))
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "no '%s' in %s: the part before the last dot has no members", path,
				 label);
	for (int i = 0; i < btf_vlen(type); i++) {
		const struct btf_member *member = &btf_members(type)[i];
		const char *name = btf__name_by_offset(btf, member->name_off);

		if (strncmp(name, *rest, length) != 0 || name[length])
			continue;
		if (is_bit_field(btf, type, i))
			return error_set(error, ERROR_INVALID_ARGUMENT, -EOPNOTSUPP,
					 "'%s' of %s is a bit field and cannot be set alone; set "
					 "the whole structure as hex:BYTES",
					 path, label);
		*rest += length;
		return enter_part(btf, label, path, member->type,
				  btf_member_bit_offset(type, i) / 8, variable, error);
	}
	return no_such_member(btf, label, path, type, error);
}

static int enter_element(const struct btf *btf, const char *label, const char *path,
			 const char **rest, struct global_variable *variable, struct error *error)
{
	const struct btf_type *type = type_resolve(btf, variable->type);
	unsigned long number, count = type && btf_is_array(type) ? btf_array(type)->nelems : 0;
	__s64 size = count ? btf__resolve_size(btf, btf_array(type)->type) : 0;
	size_t offset;
	char *end;

	number = strtoul(*rest, &end, 10);
	if (end == *rest || *end != ']')
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "invalid variable name '%s'; use NAME, NAME.MEMBER or NAME[N]",
				 path);
	if (number >= count)
		return error_set(error, ERROR_INVALID_ARGUMENT, -ERANGE,
				 "no '%s' in %s: the part before [%lu] has %lu elements", path,
				 label, number, count);
	if (size < 0 || __builtin_mul_overflow(number, (size_t)size, &offset))
		return damaged(label, path, error);
	*rest = end + 1;
	return enter_part(btf, label, path, btf_array(type)->type, offset, variable, error);
}

/* A structure that ends with a flexible array has more bytes than its type. */
static bool is_large_enough(const struct btf *btf, const struct global_variable *variable)
{
	__s64 size = btf__resolve_size(btf, variable->type);

	return size >= 0 && (size_t)size <= variable->size;
}

int global_variable_find(const struct btf *btf, const char *label, const char *path,
			 struct global_variable *ret, struct error *error)
{
	struct search search = { .path = path, .path_length = strlen(path) };
	const char *rest;
	int result = 0;

	global_variable_each(btf, is_named, &search);
	if (!search.length)
		return no_such_variable(btf, label, path, error);
	rest = path + search.length;
	if (!is_large_enough(btf, &search.found))
		return damaged(label, path, error);
	while (result == 0 && *rest) {
		char what = *rest++;

		result = what == '.' ? enter_member(btf, label, path, &rest, &search.found, error)
				     : enter_element(btf, label, path, &rest, &search.found, error);
		if (result == 0 && !strchr(".[", *rest))
			result = error_set(
				error, ERROR_INVALID_ARGUMENT, -EINVAL,
				"invalid variable name '%s'; use NAME, NAME.MEMBER or NAME[N]",
				path);
	}
	if (result == 0)
		*ret = search.found;
	return result;
}
