// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/tail-call.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>

/* Does the kernel load a program with these properties that jumps through the array? */
static bool can_jump(int array_fd, enum bpf_attach_type attach_type, bool frags)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_2,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = array_fd },
		{},
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_3 },
		{ .code = BPF_JMP | BPF_CALL, .imm = BPF_FUNC_tail_call },
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0, .imm = XDP_ABORTED },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = attach_type,
		    .prog_flags = frags ? BPF_F_XDP_HAS_FRAGS : 0);
	cleanup(closep) int fd = bpf_prog_load(BPF_PROG_TYPE_XDP, "xdpd_probe", "GPL", instructions,
					       array_size(instructions), &options);

	return fd >= 0;
}

/*
 * The kernel requires the same properties of all programs that use a program array (kernel/bpf/core.c,
 * bpf_prog_map_compatible()), but does not report them, so they have to be tried.
 */
static bool find_properties(struct tail_call *call)
{
	static const struct {
		enum bpf_attach_type attach_type;
		bool frags;
	} candidates[] = { { BPF_XDP, false }, { BPF_XDP, true }, { 0, false }, { 0, true } };

	for (size_t i = 0; i < array_size(candidates); i++) {
		call->attach_type = candidates[i].attach_type;
		call->frags = candidates[i].frags;
		if (can_jump(call->array_fd, call->attach_type, call->frags))
			return true;
	}
	return false;
}

size_t tail_call_count(int array_fd, uint32_t n_entries)
{
	size_t count = 0;
	uint32_t id;

	for (uint32_t key = 0; key < n_entries; key++)
		count += bpf_map_lookup_elem(array_fd, &key, &id) == 0;
	return count;
}

int tail_call_new(int program_fd, const char *name, struct tail_call *ret, struct error *error)
{
	cleanup(closep) int array_fd = bpf_map_create(BPF_MAP_TYPE_PROG_ARRAY, "xdpd_tail",
						      sizeof(uint32_t), sizeof(uint32_t), 1, NULL);
	struct tail_call call = { .array_fd = array_fd };
	const uint32_t key = 0;

	if (array_fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a program array: %s", errno_name(errno));
	if (bpf_map_update_elem(array_fd, &key, &program_fd, BPF_ANY) < 0)
		return error_set(error, ERROR_UNSUPPORTED, -errno,
				 "'%s' cannot be run by a tail call, because it was loaded for one "
				 "device or has extensions of its own: %s",
				 name, errno_name(errno));
	if (!find_properties(&call))
		return error_set(error, ERROR_UNSUPPORTED, -EOPNOTSUPP,
				 "'%s' cannot be run by a tail call: the kernel refuses every "
				 "program that would make it",
				 name);
	call.array_fd = steal_fd(&array_fd);
	*ret = call;
	return 0;
}
