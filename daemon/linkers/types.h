#pragma once

#include "base/error.h"
#include "daemon/kernel/component.h"

#include <stddef.h>

/*
 * The types of several components as one BTF, and the functions of the program made of them, as
 * the kernel wants them: the verifier finds callbacks and global functions by it.
 */
struct types {
	struct btf *btf;
	size_t n_functions;
	struct bpf_func_info *functions;
};

/*
 * Joins the types of `components`, whose code begins at `starts`; the program that runs them is
 * the function `name` at instruction 0. A component's own entry becomes a static function, so that
 * the verifier sees it called with what it is called with. If a component has no record of its
 * functions (kernels without BTF), `ret` stays empty. Free with types_done().
 */
int types_join(const char *name, size_t n_components, struct component *const *components,
	       const size_t *starts, struct types *ret, struct error *error);
void types_done(struct types *types);
