// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/component/component.h"
#include "daemon/linkers/codegen/layout.h"
#include "daemon/linkers/fused/policy-layout.h"

#include <stddef.h>

/*
 * The BTF of several components merged into one, with the functions and source lines of the program that is
 * made of them. The verifier needs it to find callbacks and global functions, and users see in it which
 * component and source line an instruction belongs to.
 */
struct merged_btf {
	struct btf *btf;
	size_t n_functions;
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/* A component, and its place in the program. */
struct part {
	const struct component *component;
	const char *name; /* its name in the chain */
	const struct block *block;
	const struct place *place;
};

/*
 * Merges the BTF of `parts`, which are laid out as they say. The program that runs them is the function
 * `name` at instruction 0, and its end of the chain is at `end`. The main function of a called component
 * becomes static, so that the verifier checks it with the arguments that it really gets. If a component has
 * no function records (kernels without BTF), `ret` stays empty. Free with merged_btf_done().
 */
int btf_merge(const char *name, const struct part *parts, size_t n_parts, size_t end,
	      struct merged_btf *ret, struct error *error);

/*
 * The same for a policy and the components in its slots. Their functions stay as they are, but if `name` is not
 * NULL, the program begins with the function `name`, which calls the policy's main function, and that becomes
 * static. A wrapper is a static function with the name and the arguments of its slot.
 */
int btf_merge_policy(const char *name, const struct component *const *sources, size_t n_sources,
		     const struct policy_layout *layout, struct merged_btf *ret,
		     struct error *error);

/* Frees the contents. */
void merged_btf_done(struct merged_btf *types);
