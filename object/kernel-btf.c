// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "object/kernel-btf.h"

#include "base/cleanup.h"
#include "base/directory.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BTF_DIRECTORY "/sys/kernel/btf"
#define VMLINUX	      "vmlinux"

struct kernel_btf {
	struct btf *vmlinux;
	/* The id of the enumeration of helpers; 0: not looked for yet; or a negative errno. */
	int helpers;
	bool has_modules; /* and they have not been read yet */
	size_t n_modules;
	struct module {
		char *name;
		struct btf *btf;
	} * modules;
};

void kernel_btf_drop(struct kernel_btf **p)
{
	struct kernel_btf *types = steal(*p);

	if (!types)
		return;
	for (size_t i = 0; i < types->n_modules; i++) {
		btf__free(types->modules[i].btf);
		free(types->modules[i].name);
	}
	free(types->modules);
	btf__free(types->vmlinux);
	free(types);
}

int kernel_btf_open(const char *path, struct kernel_btf **ret, struct error *error)
{
	cleanup(kernel_btf_drop) struct kernel_btf *types = calloc(1, sizeof(*types));

	if (!types)
		return error_memory(error);
	types->vmlinux = btf__parse(path ?: BTF_DIRECTORY "/" VMLINUX, NULL);
	types->has_modules = !path;
	if (!types->vmlinux && path && errno == ENOENT)
		return error_set(error, ERROR_UNSUPPORTED, -ENOENT, "cannot open '%s': %s", path,
				 strerror(ENOENT));
	if (!types->vmlinux && path)
		return error_set(error, ERROR_UNSUPPORTED, -EINVAL,
				 "'%s' contains no kernel type information (BTF)", path);
	if (!types->vmlinux)
		return error_set(error, ERROR_UNSUPPORTED, -ENOTSUP,
				 "this kernel provides no type information (BTF) in '" BTF_DIRECTORY
				 "'; without it no kernel function can be called");
	*ret = steal(types);
	return 0;
}

/* A module that cannot be read, or has been unloaded meanwhile, is ignored. */
static void add_module(int directory, const char *name, void *userdata)
{
	struct kernel_btf *types = userdata;
	struct module *more;
	char path[512];

	(void)directory;
	if (!strcmp(name, VMLINUX))
		return;
	more = reallocarray(types->modules, types->n_modules + 1, sizeof(*more));
	if (!more)
		return;
	types->modules = more;
	more += types->n_modules;
	snprintf(path, sizeof(path), BTF_DIRECTORY "/%s", name);
	*more = (struct module){ strdup(name), btf__parse_split(path, types->vmlinux) };
	if (more->name && more->btf) {
		types->n_modules++;
		return;
	}
	btf__free(more->btf);
	free(more->name);
}

/* The functions that are looked for, sorted by name. */
struct search {
	size_t n_wanted;
	struct wanted_function **wanted;
	size_t n_found;
};

static int compare_wanted(const void *one, const void *other)
{
	const struct wanted_function *left = *(struct wanted_function *const *)one;
	const struct wanted_function *right = *(struct wanted_function *const *)other;
	size_t length = left->length < right->length ? left->length : right->length;

	return memcmp(left->name, right->name, length)
		       ?: (left->length > right->length) - (left->length < right->length);
}

static int compare_name(const struct wanted_function *wanted, const char *name)
{
	return strncmp(wanted->name, name, wanted->length) ?: -(name[wanted->length] != '\0');
}

/* The first one that does not sort before the name. */
static size_t find_wanted(const struct search *search, const char *name)
{
	size_t begin = 0, end = search->n_wanted;

	while (begin < end) {
		size_t middle = (begin + end) / 2;

		if (compare_name(search->wanted[middle], name) < 0)
			begin = middle + 1;
		else
			end = middle;
	}
	return begin;
}

/* Several functions may be looked for under one name. A function that was found earlier stays. */
static void search_function(struct search *search, const struct kernel_function *candidate)
{
	const char *name = signature_name(&candidate->signature);

	for (size_t i = find_wanted(search, name);
	     i < search->n_wanted && compare_name(search->wanted[i], name) == 0; i++) {
		if (search->wanted[i]->found.module)
			continue;
		search->wanted[i]->found = *candidate;
		search->n_found++;
	}
}

/* Types of a module follow those of vmlinux. */
static void search_types(struct search *search, const struct btf *btf, const char *module)
{
	const struct btf *base = btf__base_btf(btf);

	for (__u32 id = base ? btf__type_cnt(base) : 1;
	     id < btf__type_cnt(btf) && search->n_found < search->n_wanted; id++)
		if (btf_is_func(btf__type_by_id(btf, id)))
			search_function(search,
					&(const struct kernel_function){ { btf, id }, module });
}

int kernel_btf_find(struct kernel_btf *types, struct wanted_function *wanted, size_t n_wanted)
{
	cleanup(freep) struct wanted_function **order = calloc(n_wanted + 1, sizeof(*order));
	struct search search = { n_wanted, order, 0 };

	if (!order)
		return -ENOMEM;
	for (size_t i = 0; i < n_wanted; i++)
		order[i] = &wanted[i];
	qsort(order, n_wanted, sizeof(*order), compare_wanted);
	search_types(&search, types->vmlinux, VMLINUX);
	if (search.n_found == n_wanted)
		return 0;
	if (types->has_modules)
		directory_each(AT_FDCWD, BTF_DIRECTORY, add_module, types);
	types->has_modules = false;
	for (size_t i = 0; i < types->n_modules; i++)
		search_types(&search, types->modules[i].btf, types->modules[i].name);
	return 0;
}

/* Finds the kernel's enumeration of helpers; this walks through all types. */
static const struct btf_type *find_helpers(struct kernel_btf *types)
{
	if (!types->helpers)
		types->helpers = btf__find_by_name_kind(types->vmlinux, "bpf_func_id",
							BTF_KIND_ENUM);
	return types->helpers > 0 ? btf__type_by_id(types->vmlinux, types->helpers) : NULL;
}

bool kernel_btf_have_helper(struct kernel_btf *types, int number)
{
	const struct btf_type *numbers = find_helpers(types);

	for (int i = 0; numbers && i < btf_vlen(numbers); i++) {
		const struct btf_enum *item = &btf_enum(numbers)[i];
		const char *name = btf__name_by_offset(types->vmlinux, item->name_off);

		/* The last item, __BPF_FUNC_MAX_ID, is not a helper. */
		if (item->val == number)
			return number > 0 && name && name[0] != '_';
	}
	return false;
}
