#pragma once

#include "daemon/kernel/component/program-code.h"

/*
 * The kernel modules whose functions (kfuncs) the components of a fused chain call. A call says by its offset in a list
 * of BTF descriptors which module it means; each component was loaded with a list of its own, and one program has one.
 */
struct module_functions {
	size_t n_fds;
	int *fds; /* the components'; place 0 stands for the kernel itself; NULL: there are no modules */
};

/* Adds the modules of the code. `*ret_offset` is what the offsets of its calls grow by. -ENOMEM, or -E2BIG. */
int module_functions_add(struct module_functions *modules, const struct program_code *code,
			 int *ret_offset);

/* Is it a call of a module's function? */
bool module_functions_are_called(const struct bpf_insn *instruction);

void module_functions_done(struct module_functions *modules);
