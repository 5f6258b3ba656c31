#pragma once

#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/fused/btf-merge.h"
#include "daemon/linkers/linker.h"

/*
 * Loads the instructions as the program that runs the blueprint's components; its fd, or an error with
 * the verifier's decisive lines.
 */
int fused_load_program(const struct linker *linker, const struct blueprint *blueprint,
		       const struct bpf_insn *instructions, size_t n_instructions,
		       const struct merged_btf *types, struct error *error);
