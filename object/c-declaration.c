// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "object/c-declaration.h"

#include "base/cleanup.h"
#include "object/short-text.h"

#include <stdbool.h>
#include <stdio.h>

/* Maximum nesting of types: authors do not need more, and a cycle would have no end. */
#define DEPTH_MAX 32
/* Structures without a name are written out, so a declaration can be long. */
#define LENGTH_MAX 2000
/* The maximum of one name: a text may have megabytes, and all names are in one text. */
#define SOME_NAME "%.256s"

/* libbpf's printer of types trusts that a compiler wrote them, so it is not used here. */
struct declaring {
	const struct btf *btf;
	struct short_text text;
	bool makes_no_sense;
};

static const char *const qualifiers[] = {
	[BTF_KIND_CONST] = "const ",
	[BTF_KIND_VOLATILE] = "volatile ",
	[BTF_KIND_RESTRICT] = "restrict ",
	[BTF_KIND_TYPE_TAG] = "",
};

static void add(struct declaring *declaring, uint32_t id, const char *name, int depth);

static const char *name_of(const struct declaring *declaring, uint32_t offset)
{
	return btf__name_by_offset(declaring->btf, offset) ?: "";
}

/* The type, if the declaration is not full and not nested too deeply; otherwise NULL. */
static const struct btf_type *enter(struct declaring *declaring, uint32_t id, int depth)
{
	const struct btf_type *type = btf__type_by_id(declaring->btf, id);

	declaring->makes_no_sense |= !type || depth > DEPTH_MAX;
	return declaring->makes_no_sense || declaring->text.is_full ? NULL : type;
}

/* The type without its qualifiers, but with its name. */
static const struct btf_type *unqualified(const struct declaring *declaring, uint32_t id)
{
	const struct btf_type *type = btf__type_by_id(declaring->btf, id);

	for (int depth = 0; type && btf_is_mod(type); depth++)
		type = depth < DEPTH_MAX ? btf__type_by_id(declaring->btf, type->type) : NULL;
	return type;
}

/*
 * Without parentheses the asterisk of a pointer to an array or a function would belong to the element or the
 * result.
 */
static bool needs_parentheses(const struct declaring *declaring, uint32_t pointed)
{
	const struct btf_type *type = unqualified(declaring, pointed);

	return type && (btf_is_array(type) || btf_is_func_proto(type));
}

static void add_members(struct declaring *declaring, const struct btf_type *type, int depth)
{
	short_text_add(&declaring->text, "{%s", btf_vlen(type) ? " " : "");
	for (int i = 0; i < btf_vlen(type) && !declaring->text.is_full; i++) {
		const struct btf_member *member = &btf_members(type)[i];
		uint32_t bits = btf_member_bitfield_size(type, i);

		add(declaring, member->type, name_of(declaring, member->name_off), depth + 1);
		if (bits)
			short_text_add(&declaring->text, ": %u", bits);
		short_text_add(&declaring->text, "; ");
	}
	short_text_add(&declaring->text, "} ");
}

static void add_enumerators(struct declaring *declaring, const struct btf_type *type)
{
	short_text_add(&declaring->text, "{ ");
	for (int i = 0; i < btf_vlen(type) && !declaring->text.is_full; i++) {
		bool is_wide = btf_is_enum64(type);
		uint32_t name = is_wide ? btf_enum64(type)[i].name_off : btf_enum(type)[i].name_off;
		long long value = is_wide ? (long long)btf_enum64_value(&btf_enum64(type)[i])
					  : btf_enum(type)[i].val;

		short_text_add(&declaring->text, "%s" SOME_NAME " = %lld", i ? ", " : "",
			       name_of(declaring, name), value);
	}
	short_text_add(&declaring->text, " } ");
}

/* A structure, union or enumeration: its name, or, without a name, its members. */
static void add_tagged(struct declaring *declaring, const struct btf_type *type, const char *what,
		       int depth)
{
	short_text_add(&declaring->text, "%s ", what);
	if (type->name_off)
		short_text_add(&declaring->text, SOME_NAME " ", name_of(declaring, type->name_off));
	else if (btf_is_any_enum(type))
		add_enumerators(declaring, type);
	else
		add_members(declaring, type, depth);
}

/* A type that is not derived from another one. */
static void add_base(struct declaring *declaring, const struct btf_type *type, int depth)
{
	switch (btf_kind(type)) {
	case BTF_KIND_UNKN:
		short_text_add(&declaring->text, "void ");
		return;
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_TYPEDEF:
		short_text_add(&declaring->text, SOME_NAME " ", name_of(declaring, type->name_off));
		return;
	case BTF_KIND_FWD:
		short_text_add(&declaring->text, "%s " SOME_NAME " ",
			       btf_kflag(type) ? "union" : "struct",
			       name_of(declaring, type->name_off));
		return;
	case BTF_KIND_STRUCT:
		add_tagged(declaring, type, "struct", depth);
		return;
	case BTF_KIND_UNION:
		add_tagged(declaring, type, "union", depth);
		return;
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
		add_tagged(declaring, type, "enum", depth);
		return;
	default:
		declaring->makes_no_sense = true;
	}
}

/* What precedes the name: "int (*" of int (*name[4])(void). */
static void add_left(struct declaring *declaring, uint32_t id, int depth)
{
	const struct btf_type *type = enter(declaring, id, depth), *target;

	if (!type)
		return;
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		add_left(declaring, type->type, depth + 1);
		short_text_add(&declaring->text,
			       needs_parentheses(declaring, type->type) ? "(*" : "*");
		return;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		target = unqualified(declaring, type->type);
		if (target && btf_is_ptr(target))
			add_left(declaring, type->type, depth + 1);
		short_text_add(&declaring->text, "%s", qualifiers[btf_kind(type)]);
		if (!target || !btf_is_ptr(target))
			add_left(declaring, type->type, depth + 1);
		return;
	case BTF_KIND_ARRAY:
		add_left(declaring, btf_array(type)->type, depth + 1);
		return;
	case BTF_KIND_FUNC_PROTO:
		add_left(declaring, type->type, depth + 1);
		return;
	default:
		add_base(declaring, type, depth);
	}
}

static void add_parameters(struct declaring *declaring, const struct btf_type *type, int depth)
{
	short_text_add(&declaring->text, "(%s", btf_vlen(type) ? "" : "void");
	for (int i = 0; i < btf_vlen(type) && !declaring->text.is_full; i++) {
		const struct btf_param *parameter = &btf_params(type)[i];

		short_text_add(&declaring->text, "%s", i ? ", " : "");
		if (!parameter->type && i > 0) /* how BTF marks a variable number of arguments */
			short_text_add(&declaring->text, "...");
		else
			add(declaring, parameter->type, name_of(declaring, parameter->name_off),
			    depth + 1);
	}
	short_text_add(&declaring->text, ")");
}

/* What follows the name: "[4])(void)" of the same. */
static void add_right(struct declaring *declaring, uint32_t id, int depth)
{
	const struct btf_type *type = enter(declaring, id, depth);

	if (!type)
		return;
	switch (btf_kind(type)) {
	case BTF_KIND_PTR:
		short_text_add(&declaring->text,
			       needs_parentheses(declaring, type->type) ? ")" : "");
		add_right(declaring, type->type, depth + 1);
		return;
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		add_right(declaring, type->type, depth + 1);
		return;
	case BTF_KIND_ARRAY:
		short_text_add(&declaring->text, "[%u]", btf_array(type)->nelems);
		add_right(declaring, btf_array(type)->type, depth + 1);
		return;
	case BTF_KIND_FUNC_PROTO:
		add_parameters(declaring, type, depth);
		add_right(declaring, type->type, depth + 1);
		return;
	}
}

static void add(struct declaring *declaring, uint32_t id, const char *name, int depth)
{
	add_left(declaring, id, depth);
	if (!*name)
		short_text_trim(&declaring->text);
	short_text_add(&declaring->text, SOME_NAME, name);
	add_right(declaring, id, depth);
}

char *c_declaration(const struct btf *btf, uint32_t id, const char *name)
{
	cleanup(freep) char *bytes = calloc(1, LENGTH_MAX + 1);
	struct declaring declaring = { btf, { .bytes = bytes, .size = LENGTH_MAX + 1 } };

	if (!bytes)
		return NULL;
	add(&declaring, id, name, 0);
	return declaring.makes_no_sense ? NULL : steal(bytes);
}
