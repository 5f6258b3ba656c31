#pragma once

#include "base/error.h"
#include "object/signature.h"

#include <stdbool.h>
#include <stddef.h>

/* The types of a kernel as its BTF tells them: those of vmlinux, and of its modules. */
struct kernel_btf;

/*
 * Those of the kernel that runs (/sys/kernel/btf, which everybody may read), or, with a path, those
 * in a file: BTF by itself, or an ELF file with it, as vmlinux. The modules are read when they are
 * needed, and a file has none. Errors: Unsupported, if there is no BTF. Drop with
 * kernel_btf_drop().
 */
int kernel_btf_open(const char *path, struct kernel_btf **ret, struct error *error);
void kernel_btf_drop(struct kernel_btf **types);

/* A function of the kernel. */
struct kernel_function {
	struct signature signature; /* lives as long as the types */
	const char *module;	    /* "vmlinux", or the module's name; as long as the types, too */
};

struct wanted_function {
	const char *name;
	size_t length;		      /* of the name, which may have more behind it */
	struct kernel_function found; /* without a module if the kernel has none */
};

/* Finds all that the kernel has in one walk through its types. -ENOMEM. */
int kernel_btf_find(struct kernel_btf *types, struct wanted_function *wanted, size_t n_wanted);

/* Does the kernel have the helper of that number? */
bool kernel_btf_have_helper(struct kernel_btf *types, int number);
