// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/link-check.h"

#include "base/cleanup.h"
#include "object/elf.h"

#include <bpf/btf.h>
#include <stdio.h>
#include <string.h>

/* Maximum of a license in an error; a hostile object can have a long one. */
#define LICENSE_LENGTH_MAX 64

/* A global name in one of the objects. */
struct mention {
	const char *name;
	const struct object *object;
	enum { DEFINITION, WEAK_DEFINITION, USE, WEAK_USE } kind;
};

struct mentions {
	size_t n_items;
	struct mention *items;
};

static void mentions_done(struct mentions *mentions)
{
	free(mentions->items);
}

struct reading {
	const struct object *object;
	struct btf *btf;
	size_t n_kernel_names;
	const char **kernel_names; /* sorted; the strings belong to the types */
	struct mentions *mentions;
};

static void reading_done(struct reading *reading)
{
	free(reading->kernel_names);
	elf_free_btf(&reading->btf);
}

static int compare_names(const void *one, const void *other)
{
	return strcmp(*(const char *const *)one, *(const char *const *)other);
}

static const struct btf_type *find_section(const struct btf *btf, const char *name)
{
	int id = btf__find_by_name_kind(btf, name, BTF_KIND_DATASEC);

	return id > 0 ? btf__type_by_id(btf, id) : NULL;
}

/* Names of the kernel and of its configuration: libbpf puts them into sections of their own. */
static int read_kernel_names(struct reading *reading)
{
	static const char *const sections[] = { ".ksyms", ".kconfig" };

	for (size_t i = 0; i < array_size(sections); i++) {
		const struct btf_type *section = find_section(reading->btf, sections[i]);
		size_t count = section ? btf_vlen(section) : 0;
		const char **longer = reallocarray(reading->kernel_names,
						   reading->n_kernel_names + count + 1,
						   sizeof(*longer));

		if (!longer)
			return -ENOMEM;
		reading->kernel_names = longer;
		for (size_t j = 0; j < count; j++) {
			const struct btf_type *member =
				btf__type_by_id(reading->btf, btf_var_secinfos(section)[j].type);

			longer[reading->n_kernel_names++] = btf__name_by_offset(reading->btf,
										member->name_off);
		}
	}
	qsort(reading->kernel_names, reading->n_kernel_names, sizeof(*reading->kernel_names),
	      compare_names);
	return 0;
}

static bool is_kernel_name(const struct reading *reading, const char *name)
{
	return bsearch(&name, reading->kernel_names, reading->n_kernel_names,
		       sizeof(*reading->kernel_names), compare_names);
}

static int kind_of(const struct elf_symbol *symbol, const struct reading *reading)
{
	if (symbol->is_defined)
		return symbol->is_weak ? WEAK_DEFINITION : DEFINITION;
	return symbol->is_weak || is_kernel_name(reading, symbol->name) ? WEAK_USE : USE;
}

/* Makes room for one more; doubles the size whenever it is full. */
static int make_room(struct mentions *mentions)
{
	size_t n_items = mentions->n_items;
	struct mention *longer;

	if (n_items & (n_items - 1))
		return 0;
	longer = reallocarray(mentions->items, n_items ? 2 * n_items : 1, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	mentions->items = longer;
	return 0;
}

static int add_mention(const struct elf_symbol *symbol, void *userdata)
{
	struct reading *reading = userdata;
	struct mentions *mentions = reading->mentions;

	if (make_room(mentions) < 0)
		return -ENOMEM;
	mentions->items[mentions->n_items++] = (struct mention){
		.name = symbol->name,
		.object = reading->object,
		.kind = kind_of(symbol, reading),
	};
	return 0;
}

/*
 * An object without types uses nothing of the kernel or of other objects: libbpf accepts no extern from it.
 */
static int read_mentions(const struct object *object, bool needs_types, struct mentions *mentions,
			 struct error *error)
{
	cleanup(reading_done) struct reading reading = { .object = object, .mentions = mentions };
	int result = elf_check(&object->blob, object->label, error);

	if (result < 0)
		return result;
	reading.btf = elf_read_btf(&object->blob);
	if (!reading.btf && !elf_has_btf(&object->blob))
		return needs_types
			       ? error_set(
					 error, ERROR_BAD_OBJECT, -ENOEXEC,
					 "%s has no type information (BTF), which joining objects "
					 "needs; compile it with 'clang -g'",
					 object->label)
			       : 0;
	if (!reading.btf)
		return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
				 "the type information (BTF) of %s is damaged", object->label);
	result = read_kernel_names(&reading)
			 ?: elf_each_global(&object->blob, add_mention, &reading);
	return result < 0 ? error_memory(error) : 0;
}

/* By name, definitions first. */
static int compare(const void *one, const void *other)
{
	const struct mention *left = one, *right = other;
	int order = strcmp(left->name, right->name);

	return order ?: (int)left->kind - (int)right->kind;
}

static int defined_twice(const struct mention *one, const struct mention *other,
			 struct error *error)
{
	return error_set(
		error, ERROR_BAD_OBJECT, -EEXIST,
		"%s and %s both define '%s'; keep one definition, or make it static in both",
		one->object->label, other->object->label, one->name);
}

static int not_defined(const struct mention *mention, size_t n_libraries,
		       const struct object *libraries, struct error *error)
{
	cleanup(freep) char *others = strdup("");

	for (size_t i = 0; others && i < n_libraries; i++) {
		char *longer;

		if (mention->object == &libraries[i])
			continue;
		if (asprintf(&longer, "%s or %s", others, libraries[i].label) < 0)
			break;
		free(others);
		others = longer;
	}
	return error_set(error, ERROR_BAD_OBJECT, -ENOENT,
			 "%s uses '%s', which is not defined in it%s; name the object that defines "
			 "it with --link",
			 mention->object->label, mention->name, others ?: "");
}

/* libbpf links only objects with exactly the same license text. */
static int check_license(const struct object *object, const struct object *library,
			 struct error *error)
{
	size_t size, other_size;
	const char *license = elf_section_bytes(&object->blob, "license", &size);
	const char *other = elf_section_bytes(&library->blob, "license", &other_size);

	if (!license || !other || (size == other_size && !memcmp(license, other, size)))
		return 0;
	size = size < LICENSE_LENGTH_MAX ? size : LICENSE_LENGTH_MAX;
	other_size = other_size < LICENSE_LENGTH_MAX ? other_size : LICENSE_LENGTH_MAX;
	return error_set(error, ERROR_BAD_OBJECT, -EINVAL,
			 "%s has the license '%.*s', but %s has '%.*s'; joined objects must have "
			 "the same license",
			 object->label, (int)strnlen(license, size), license, library->label,
			 (int)strnlen(other, other_size), other);
}

static int check_mentions(struct mentions *mentions, size_t n_libraries,
			  const struct object *libraries, struct error *error)
{
	const struct mention *definition = NULL;

	if (mentions->n_items) /* qsort(3) needs an array */
		qsort(mentions->items, mentions->n_items, sizeof(*mentions->items), compare);
	for (size_t i = 0; i < mentions->n_items; i++) {
		const struct mention *mention = &mentions->items[i];
		bool known = definition && !strcmp(definition->name, mention->name);

		if (mention->kind == DEFINITION && known)
			return defined_twice(definition, mention, error);
		if (mention->kind == USE && !known)
			return not_defined(mention, n_libraries, libraries, error);
		if (mention->kind <= WEAK_DEFINITION && !known)
			definition = mention;
	}
	return 0;
}

int static_link_check(const struct object *object, size_t n_libraries,
		      const struct object *libraries, struct error *error)
{
	cleanup(mentions_done) struct mentions mentions = {};
	int result = read_mentions(object, n_libraries > 0, &mentions, error);

	for (size_t i = 0; result == 0 && i < n_libraries; i++) {
		result = read_mentions(&libraries[i], true, &mentions, error);
		if (result == 0)
			result = check_license(object, &libraries[i], error);
	}
	return result < 0 ? result : check_mentions(&mentions, n_libraries, libraries, error);
}
