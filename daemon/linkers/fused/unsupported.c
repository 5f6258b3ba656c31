// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/fused/unsupported.h"

#include "base/cleanup.h"
#include "object/instruction.h"

#include <assert.h>
#include <bpf/btf.h>

#define OF_OWN_TYPES                                                                            \
	"allocates objects of its own types (bpf_obj_new), whose type numbers change when the " \
	"chain is fused"

/*
 * Kernel functions that a fused component must not call, and why. An exception unwinds to the program's main
 * function, which is the rootlet's, so it would skip the rootlet's tests and counters. Functions that
 * allocate objects get a type's number in the component's own BTF, which changes when BTF is merged.
 */
static const struct {
	const char *name;
	const char *why;
} unfit[] = {
	{ "bpf_throw", "throws exceptions (bpf_throw), which would end the whole fused chain" },
	{ "bpf_obj_new_impl", OF_OWN_TYPES },
	{ "bpf_obj_new", OF_OWN_TYPES },
	{ "bpf_percpu_obj_new_impl", OF_OWN_TYPES },
	{ "bpf_percpu_obj_new", OF_OWN_TYPES },
};

static_assert(array_size(unfit) == FUSED_UNFIT, "each has an id");

/*
 * Reading the kernel's BTF takes time and memory, so it is done once, and only when it is needed.
 */
static void find_ids(struct fused *fused)
{
	struct btf *kernel = fused->knows_ids ? NULL : btf__load_vmlinux_btf();

	for (size_t i = 0; !fused->knows_ids && i < array_size(unfit); i++)
		fused->ids[i] = kernel ? btf__find_by_name_kind(kernel, unfit[i].name,
								BTF_KIND_FUNC)
				       : -ENOENT;
	fused->knows_ids = true;
	btf__free(kernel);
}

/* Why the kernel function with that BTF id must not be called; NULL: it may be. */
static const char *find_unfit(struct fused *fused, int id)
{
	find_ids(fused);
	for (size_t i = 0; i < array_size(unfit); i++)
		if (fused->ids[i] == id)
			return unfit[i].why;
	return NULL;
}

/* Why a fused program cannot contain the instruction; NULL: it can. */
static const char *find_fault(struct fused *fused, const struct program_code *code, size_t i)
{
	const struct bpf_insn *instruction = &code->instructions[i];

	if (is_wide_load(instruction) && instruction->src_reg == BPF_PSEUDO_BTF_ID &&
	    i + 1 < code->n_instructions && instruction[1].imm)
		return "uses a variable of a kernel module, which the fused linker does not "
		       "support";
	if (instruction->code == (BPF_JMP | BPF_JA | BPF_X))
		return "jumps to addresses from a table, which the fused linker does not support";
	if (!is_kernel_function_call(instruction))
		return NULL;
	/* With a module's offset the id is one in the module's BTF, not in the kernel's. */
	return instruction->off ? NULL : find_unfit(fused, instruction->imm);
}

/* The error names the construct that the component may not contain. */
int fused_check(struct linker *linker, const struct component *component, struct error *error)
{
	if (!component->code.n_instructions && !*component->spec.sha256)
		return error_set(error, ERROR_UNSUPPORTED, -ENODATA,
				 "'%s' was adopted without its object, so it cannot be fused; "
				 "supply the object with 'xdpctl replace'",
				 component->spec.program);
	if (!component->code.n_instructions)
		return error_set(
			error, ERROR_UNSUPPORTED, -ENODATA,
			"'%s' cannot be fused: an earlier xdpd attached it, and its object is no "
			"longer in the store; supply the object with 'xdpctl replace'",
			component->spec.program);
	for (size_t i = 0; i < component->code.n_instructions; i++) {
		const char *fault = find_fault((struct fused *)linker, &component->code, i);

		if (fault)
			return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP, "'%s' %s",
					 component->spec.program, fault);
	}
	return 0;
}
