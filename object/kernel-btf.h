// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "object/signature.h"

#include <stdbool.h>
#include <stddef.h>

/* The types of a kernel, as its BTF describes them: those of vmlinux and of its modules. */
struct kernel_btf;

/*
 * Opens the types of the running kernel (/sys/kernel/btf, which every user may read), or, with a path, those
 * in a file: raw BTF, or an ELF file with BTF, such as vmlinux. Modules are read when they are needed; a file
 * has none. Errors: Unsupported, if there is no BTF. Release with kernel_btf_drop().
 */
int kernel_btf_open(const char *path, struct kernel_btf **ret, struct error *error);
void kernel_btf_drop(struct kernel_btf **types);

/* A function of the kernel. */
struct kernel_function {
	struct signature signature; /* valid as long as the types */
	/* "vmlinux", or the module's name; valid as long as the types. */
	const char *module;
};

struct wanted_function {
	const char *name;
	size_t length;		      /* of the name; the string may be longer */
	struct kernel_function found; /* its module is NULL if the kernel has no such function */
};

/* Finds all of them in one walk through the kernel's types. -ENOMEM. */
int kernel_btf_find(struct kernel_btf *types, struct wanted_function *wanted, size_t n_wanted);

/* Does the kernel have the helper of that number? */
bool kernel_btf_have_helper(struct kernel_btf *types, int number);
