#pragma once

#include "base/error.h"

#include <bpf/btf.h>
#include <stdbool.h>
#include <stdint.h>

/*
 * What a function takes and returns, as its BTF says, and whether it can take another one's place:
 * the kernel's rules for extensions (kernel/bpf/btf.c, btf_check_func_type_match()), and its
 * answers as sentences. Makes no system call.
 */

/* What a function gets in registers, at most. */
#define SIGNATURE_ARGUMENTS_MAX 5

/* A function: its BTF, which stays the caller's, and its id in it, of BTF_KIND_FUNC. */
struct signature {
	const struct btf *btf;
	uint32_t function_id;
};

/* The function's name. */
const char *signature_name(const struct signature *signature);

/* Global linkage: the only functions that can be replaced, and that can replace others. */
bool signature_is_global(const struct signature *signature);

/* "int fw(struct xdp_md *ctx, __u32 source)", to be freed; NULL: no memory. */
char *signature_format(const struct signature *signature);

/*
 * Finds the function of that name. -ENOENT if there is none; `*ret` has the same BTF then, and the
 * id 0.
 */
int signature_find(const struct btf *btf, const char *name, struct signature *ret);

/* How many arguments it has, and which of them is the first context (from 0); -1: none is. */
size_t signature_arguments(const struct signature *signature, int *ret_context);

/*
 * Can `function` take the place of `target`? 0, or InvalidArgument with the two functions and the
 * first difference. The verifier has the last word: it alone knows what the context is.
 */
int signature_check(const struct signature *function, const struct signature *target,
		    struct error *error);
