// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "object/elf-code.h"
#include "object/function-mark.h"
#include "object/kernel-btf.h"
#include "object/kfuncs.h"
#include "object/object.h"

#include <jansson.h>

/* An object that is inspected, and the kernel that it is for. */
struct subject {
	struct object object;
	struct bpf_object *opened; /* NULL: libbpf cannot read the object */
	struct elf_code elf_code;
	struct kernel_btf *kernel; /* NULL: that kernel has no type information */
	struct kfuncs kfuncs;
	bool is_this_kernel;
	struct object policy; /* empty: the request names no policy */
	const char *slot;     /* a function of the policy; or NULL */
	const char *chosen;   /* the program that the request names; or NULL */
};

/* The kfunc behind an external symbol of the object; NULL if the symbol is not a kfunc. */
const struct kfunc *subject_kfunc(const struct subject *subject, int external);

/* {"message": ..., "detail": ...} of an error; the error is emptied. */
json_t *blocker_encode(struct error *error);

/*
 * The programs, each with the obstacles to attaching it; `*ret_loaded` becomes true if the verifier was
 * asked. NULL: out of memory.
 */
json_t *programs_encode(const struct subject *subject, bool *ret_loaded);

/* The other lists. NULL: out of memory. */
json_t *functions_encode(const struct subject *subject);
json_t *maps_encode(const struct subject *subject);
json_t *variables_encode(const struct subject *subject);
json_t *kfuncs_encode(const struct subject *subject);
json_t *groups_encode(const struct subject *subject);
json_t *policy_functions_encode(const struct subject *subject, enum function_mark mark);
