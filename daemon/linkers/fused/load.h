// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/codegen/module-functions.h"
#include "daemon/linkers/fused/btf-merge.h"
#include "daemon/linkers/linker.h"

/* Where a component is in a fused chain, according to its layout. */
struct component_place {
	bool inlined;
	size_t main; /* the position of its first instruction */
	size_t call; /* if it is not inlined: the position of the call of its main function */
	size_t rest; /* if it is inlined: the position of its first function after the main function */
};

/*
 * The final instructions for a blueprint, and where the linker claims to have put its components.
 */
struct fused_program {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const struct merged_btf *types;
	const struct module_functions *modules;
	/* The places that only trace. */
	const struct trace_range *traces;
	size_t n_traces;
	/* For a chain: one for each placement. */
	const struct component_place *places;
	int counters_fd;
	/*
	 * For a policy: for it and for each placement, where calls of each of its functions lead.
	 */
	size_t *const *positions;
	size_t call; /* of the policy, if it is traced */
	/* The wrappers of the components in slots, if a journey is traced. */
	const struct wrapper *wrappers;
	size_t n_wrappers;
	/*
	 * Of each placement: the BTF id of its slot's function in the policy, and for each of its functions the one
	 * of the policy that it stands for, as from policy_offers_resolve(); NULL: it needs none.
	 */
	const uint32_t *slots;
	size_t *const *offers;
};

/* Sets the error for a layout that failed with -ERANGE, and returns that. */
int fused_too_long(const struct blueprint *blueprint, struct error *error);

/*
 * Proves that the program does what the blueprint asks for (daemon/linkers/check/), and loads it. No fused
 * program reaches the kernel in another way. Returns its fd. Errors: Internal if the proof fails; the
 * kernel's reason, with the verifier's decisive lines.
 */
int fused_load_program(const struct linker *linker, const struct blueprint *blueprint,
		       const struct fused_program *fused, struct error *error);
