#define _GNU_SOURCE
#include "object/kernel-types.h"

#include "base/cleanup.h"
#include "base/directory.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BTF_DIRECTORY "/sys/kernel/btf"
#define VMLINUX	      "vmlinux"

struct kernel_types {
	struct btf *vmlinux;
	bool has_modules; /* that are not read yet */
	size_t n_modules;
	struct module {
		char *name;
		struct btf *btf;
	} * modules;
};

void kernel_types_drop(struct kernel_types **slot)
{
	struct kernel_types *types = steal(*slot);

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

int kernel_types_open(const char *path, struct kernel_types **ret, struct error *error)
{
	cleanup(kernel_types_drop) struct kernel_types *types = calloc(1, sizeof(*types));

	if (!types)
		return error_memory(error);
	types->vmlinux = btf__parse(path ?: BTF_DIRECTORY "/" VMLINUX, NULL);
	types->has_modules = !path;
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

/* A module that cannot be read, or is gone meanwhile, has no functions for us. */
static void add_module(int directory, const char *name, void *userdata)
{
	struct kernel_types *types = userdata;
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

bool kernel_types_find(struct kernel_types *types, const char *name, size_t length,
		       struct kernel_function *ret)
{
	cleanup(freep) char *wanted = strndup(name, length);

	if (!wanted)
		return false;
	ret->module = VMLINUX;
	if (signature_find(types->vmlinux, wanted, &ret->signature) == 0)
		return true;
	if (types->has_modules)
		directory_each(AT_FDCWD, BTF_DIRECTORY, add_module, types);
	types->has_modules = false;
	for (size_t i = 0; i < types->n_modules; i++) {
		ret->module = types->modules[i].name;
		if (signature_find(types->modules[i].btf, wanted, &ret->signature) == 0)
			return true;
	}
	return false;
}

bool kernel_types_have_helper(const struct kernel_types *types, int number)
{
	int id = btf__find_by_name_kind(types->vmlinux, "bpf_func_id", BTF_KIND_ENUM);
	const struct btf_type *numbers = id > 0 ? btf__type_by_id(types->vmlinux, id) : NULL;

	for (int i = 0; numbers && i < btf_vlen(numbers); i++) {
		const struct btf_enum *item = &btf_enum(numbers)[i];
		const char *name = btf__name_by_offset(types->vmlinux, item->name_off);

		/* The last one, __BPF_FUNC_MAX_ID, is none. */
		if (item->val == number)
			return number > 0 && name && name[0] != '_';
	}
	return false;
}
