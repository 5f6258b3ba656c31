#define _GNU_SOURCE
#include "object/declaration.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

/* Of types in types: no author has more, and a circle has no end. */
#define DEPTH_MAX 32

static bool can_be_declared(const struct btf *btf, uint32_t id, int depth);

static bool are_declarable(const struct btf *btf, const struct btf_type *type, int depth)
{
	for (int i = 0; i < btf_vlen(type); i++) {
		uint32_t part = btf_is_func_proto(type) ? btf_params(type)[i].type
							: btf_members(type)[i].type;

		if (!can_be_declared(btf, part, depth + 1))
			return false;
	}
	return true;
}

/* libbpf's printer of types takes for granted that a compiler made them. */
static bool can_be_declared(const struct btf *btf, uint32_t id, int depth)
{
	const struct btf_type *type = btf__type_by_id(btf, id);

	if (!type || depth > DEPTH_MAX)
		return false;
	switch (btf_kind(type)) {
	case BTF_KIND_UNKN: /* void */
	case BTF_KIND_INT:
	case BTF_KIND_FLOAT:
	case BTF_KIND_FWD:
	case BTF_KIND_ENUM:
	case BTF_KIND_ENUM64:
	case BTF_KIND_TYPEDEF:
		return true;
	case BTF_KIND_STRUCT:
	case BTF_KIND_UNION: /* those without a name are written out */
		return type->name_off || are_declarable(btf, type, depth);
	case BTF_KIND_PTR:
	case BTF_KIND_CONST:
	case BTF_KIND_VOLATILE:
	case BTF_KIND_RESTRICT:
	case BTF_KIND_TYPE_TAG:
		return can_be_declared(btf, type->type, depth + 1);
	case BTF_KIND_ARRAY:
		return can_be_declared(btf, btf_array(type)->type, depth + 1);
	case BTF_KIND_FUNC_PROTO:
		return can_be_declared(btf, type->type, depth + 1) &&
		       are_declarable(btf, type, depth);
	default:
		return false;
	}
}

static void print(void *stream, const char *format, va_list arguments)
{
	vfprintf(stream, format, arguments);
}

/* Structures without a name are written out, on many lines. */
static void join_lines(char *text)
{
	char *to = text;

	for (const char *from = text; *from; from++) {
		bool blank = *from == '\n' || *from == '\t' || *from == ' ';

		if (!blank)
			*to++ = *from;
		else if (to > text && to[-1] != ' ')
			*to++ = ' ';
	}
	*to = '\0';
}

char *declaration(const struct btf *btf, uint32_t id, const char *name)
{
	LIBBPF_OPTS(btf_dump_emit_type_decl_opts, options, .field_name = name);
	char *text = NULL;
	size_t size;
	FILE *stream = can_be_declared(btf, id, 0) ? open_memstream(&text, &size) : NULL;
	struct btf_dump *dump = stream ? btf_dump__new(btf, print, stream, NULL) : NULL;
	int result = dump ? btf_dump__emit_type_decl(dump, id, &options) : -ENOMEM;

	btf_dump__free(dump);
	if (stream)
		fclose(stream);
	if (result < 0) {
		free(text);
		return NULL;
	}
	join_lines(text);
	return text;
}
