#pragma once

#include "base/error.h"
#include "daemon/kernel/component/component.h"
#include "daemon/linkers/codegen/layout.h"
#include "daemon/linkers/fused/policy-layout.h"

#include <stddef.h>

/*
 * The types of several components as one BTF, and the functions and source lines of the program
 * made of them, as the kernel wants them: the verifier finds callbacks and global functions by it,
 * and people find the component and the line in what the kernel runs.
 */
struct merged_btf {
	struct btf *btf;
	size_t n_functions;
	struct bpf_func_info *functions;
	size_t n_lines;
	struct bpf_line_info *lines;
};

/* A component and where it is in the program. */
struct part {
	const struct component *component;
	const char *name; /* in the chain */
	const struct block *block;
	const struct place *place;
};

/*
 * Joins the types of `parts`, laid out as they say; the program that runs them is the function
 * `name` at instruction 0, and turns to the end of the chain at `end`. The entry of a component
 * that is called becomes a static function, so that the verifier sees it called with what it is
 * called with. If a component has no record of its functions (kernels without BTF), `ret` stays
 * empty. Free with merged_btf_done().
 */
int btf_merge(const char *name, const struct part *parts, size_t n_parts, size_t end,
	      struct merged_btf *ret, struct error *error);

/*
 * The same for a program made of pieces of these components; the first is a policy's main function.
 * Unlike a chain, this one has functions of the components alone, and they stay what they are.
 */
int btf_merge_pieces(const struct component *const *sources, size_t n_sources,
		     const struct piece *pieces, size_t n_pieces, struct merged_btf *ret,
		     struct error *error);

void merged_btf_done(struct merged_btf *types);
