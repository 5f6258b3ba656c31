// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/module-functions.h"

#include "object/instruction.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* The kernel's MAX_KFUNC_BTFS. */
#define MODULES_MAX 256

bool module_functions_are_called(const struct bpf_insn *instruction)
{
	return is_kernel_function_call(instruction) && instruction->off;
}

int module_functions_add(struct module_functions *modules, const struct program_code *code,
			 int *ret_offset)
{
	size_t n_before = modules->n_fds ?: 1;
	int *longer;

	*ret_offset = n_before - 1;
	if (!code->n_modules)
		return 0;
	if (n_before + code->n_modules > MODULES_MAX)
		return -E2BIG;
	longer = reallocarray(modules->fds, n_before + code->n_modules, sizeof(*longer));
	if (!longer)
		return -ENOMEM;
	longer[0] = 0;
	memcpy(longer + n_before, code->modules, code->n_modules * sizeof(*longer));
	modules->fds = longer;
	modules->n_fds = n_before + code->n_modules;
	return 0;
}

void module_functions_done(struct module_functions *modules)
{
	free(modules->fds);
	*modules = (struct module_functions){};
}
