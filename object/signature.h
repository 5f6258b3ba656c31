// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * Parameters and result of a function, as its BTF describes them, and whether it can replace another
 * function: the kernel's rules for extensions (kernel/bpf/btf.c, btf_check_func_type_match()), with its
 * answers as sentences. Makes no system call.
 */

/* The maximum number of arguments that are passed in registers. */
#define SIGNATURE_ARGUMENTS_MAX 5

/* A function: its BTF, which belongs to the caller, and its id (BTF_KIND_FUNC) in it. */
struct signature {
	const struct btf *btf;
	uint32_t function_id;
};

/* The function's name. */
const char *signature_name(const struct signature *signature);

/* Does it have global linkage? Only such functions can be replaced, or can replace others. */
bool signature_is_global(const struct signature *signature);

/* "int fw(struct xdp_md *ctx, __u32 source)"; the caller frees it. NULL: out of memory. */
char *signature_format(const struct signature *signature);

/* Finds the function of that name. -ENOENT if there is none; `*ret` then has the BTF, and the id 0. */
int signature_find(const struct btf *btf, const char *name, struct signature *ret);

/* The number of its arguments; `*ret_context` is the first one that is a context (from 0), or -1. */
size_t signature_arguments(const struct signature *signature, int *ret_context);

/* Does one of its arguments point to a structure of that name, which may only be declared? */
bool signature_points_to(const struct signature *signature, const char *structure);

/*
 * Can `function` replace `target`? 0, or InvalidArgument with the two functions and the first difference. The
 * verifier has the last word, because only it knows what the context is.
 */
int signature_check(const struct signature *function, const struct signature *target,
		    struct error *error);

/*
 * Can calls of `function`, as a component declares it, become calls of the function `offered` of a policy? Both
 * must have the same result and arguments; pointers must point to types of the same name and size. The same
 * errors; the sentence calls `offered` the policy's function.
 */
int signature_check_offer(const struct signature *function, const struct signature *offered,
			  struct error *error);
