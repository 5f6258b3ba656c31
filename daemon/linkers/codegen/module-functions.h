// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/component/program-code.h"

/*
 * The kernel modules whose functions (kfuncs) the components of a fused chain call. The offset of a call is
 * the module's position in a list of BTF descriptors. Each component was loaded with its own list, but one
 * program has only one.
 */
struct module_functions {
	size_t n_fds;
	/* Owned by the components; position 0 stands for the kernel itself; NULL: there are no modules. */
	int *fds;
};

/*
 * Adds the modules of the code. `*ret_offset` must be added to the offsets of its calls. -ENOMEM or -E2BIG.
 */
int module_functions_add(struct module_functions *modules, const struct program_code *code,
			 int *ret_offset);

/* Does the instruction call a function of a module? */
bool module_functions_are_called(const struct bpf_insn *instruction);

/* Frees the contents. */
void module_functions_done(struct module_functions *modules);
