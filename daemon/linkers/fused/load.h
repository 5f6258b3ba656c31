#pragma once

#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/codegen/module-functions.h"
#include "daemon/linkers/fused/btf-merge.h"
#include "daemon/linkers/linker.h"

/* A component's place in a fused chain, as its layout has it. */
struct component_place {
	bool inlined;
	size_t main; /* the position of its first instruction */
	size_t call; /* of the call of its main function; not inlined */
	size_t rest; /* inlined: of its first function after the main function */
};

/* The final instructions of a blueprint, and where its components are said to be in them. */
struct fused_program {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const struct merged_btf *types;
	const struct module_functions *modules;
	/* A chain: one a placement. */
	const struct component_place *places;
	int counters_fd;
	/* A policy: of each function of it, where that, or the component in that slot, is. */
	const size_t *positions;
	const uint32_t *slots; /* of each placement, the function in the policy's BTF */
};

/*
 * Proves that the program is what the blueprint asks for (daemon/linkers/check/), and loads it: there is no
 * other way from a layout to the kernel. Its fd, or an error: Internal if it is not; what the kernel has
 * against it, with the verifier's decisive lines.
 */
int fused_load_program(const struct linker *linker, const struct blueprint *blueprint,
		       const struct fused_program *fused, struct error *error);
