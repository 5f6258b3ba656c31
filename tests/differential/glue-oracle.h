#pragma once

#include "daemon/linkers/check/check.h"

#include <stdint.h>

/*
 * Says whether a fused chain does between its components what it must, by running what is there with
 * numbers: from each exit of each component, for every kind of verdict, with and without counters, and with
 * different rubbish in all registers that a component may leave in any state. It shares nothing with the
 * checker, which follows meanings.
 */

/* A component in the program. */
struct oracle_component {
	struct checked_component component;
	size_t main_length;
	size_t *positions; /* of each instruction of the main function, if it is inlined */
	bool uses_context;
};

struct oracle {
	const struct bpf_insn *instructions;
	size_t n_instructions;
	const bool *own; /* of each instruction: it is a component's */
	const struct oracle_component *components;
	size_t n_components;
	int counters_fd;
};

/* NULL: it does what it must; else what does not, static. */
const char *oracle_find_difference(const struct oracle *oracle);
