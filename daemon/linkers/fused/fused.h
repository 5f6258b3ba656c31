#pragma once

#include "daemon/linkers/fused/btf-merge.h"
#include "daemon/linkers/linker.h"

/* What chains and policies have in common when they become one program. */

/* Is there nothing in the component that one program cannot contain? Else Unsupported says what. */
int fused_check(struct linker *linker, const struct component *component, struct error *error);

/*
 * Loads the instructions as the program that runs the blueprint's components; its fd, or an error with
 * the verifier's decisive lines.
 */
int fused_load_program(const struct linker *linker, const struct blueprint *blueprint,
		       const struct bpf_insn *instructions, size_t n_instructions,
		       const struct merged_btf *types, struct error *error);

/* linker_type.build() for a blueprint with a policy. */
int fused_build_policy(struct linker *linker, const struct blueprint *blueprint,
		       struct generation **ret, struct error *error);
