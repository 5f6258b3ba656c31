// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/check/check.h"

#include <stdint.h>

/*
 * Decides whether the code between the components of a fused chain is right, by executing it with concrete
 * numbers: from each exit of each component, for every kind of verdict, with and without counters, and with
 * different garbage in all registers that a component may leave undefined. It shares no code with the
 * checker, which tracks what values mean.
 */

/* A component in the program. */
struct oracle_component {
	struct checked_component component;
	size_t main_length;
	size_t *positions; /* of each instruction of the main function, if the component is inlined */
	bool uses_context;
};

struct oracle {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const bool *own; /* of each instruction: does it belong to a component? */
	const struct oracle_component *components;
	size_t n_components;
	int counters_fd;
};

/* NULL: the program is right; else what is wrong, static. */
const char *oracle_find_difference(const struct oracle *oracle);
