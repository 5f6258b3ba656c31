// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/freplace/counter-extension.h"

#include "base/cleanup.h"
#include "base/verdict.h"
#include "object/instruction.h"

#include <bpf/bpf.h>

/* Loads int account(int row, int verdict), which adds one to that counter of the map. */
static int load_extension(const struct placeholders *template, int counters_fd)
{
	const struct bpf_insn instructions[] = {
		store(BPF_W, BPF_REG_10, -4, BPF_REG_1),
		move(BPF_REG_6, BPF_REG_2),
		move(BPF_REG_2, BPF_REG_10),
		calculate(BPF_ADD, BPF_REG_2, -4),
		{ .code = BPF_LD | BPF_IMM | BPF_DW,
		  .dst_reg = BPF_REG_1,
		  .src_reg = BPF_PSEUDO_MAP_FD,
		  .imm = counters_fd },
		{},
		call_helper(BPF_FUNC_map_lookup_elem),
		jump_if(BPF_JEQ, BPF_REG_0, 0, 6),
		jump_if(BPF_JGT, BPF_REG_6, VERDICT_COUNT - 1, 5),
		calculate(BPF_LSH, BPF_REG_6, 3),
		calculate_from(BPF_ADD, BPF_REG_0, BPF_REG_6),
		load(BPF_DW, BPF_REG_1, BPF_REG_0, 0),
		calculate(BPF_ADD, BPF_REG_1, 1),
		store(BPF_DW, BPF_REG_0, 0, BPF_REG_1),
		set(BPF_REG_0, 0),
		INSTRUCTION_EXIT,
	};
	/* The BTF of the placeholder itself, which surely matches. */
	struct bpf_func_info function = { .type_id = template->account_id };
	LIBBPF_OPTS(bpf_prog_load_opts, options, .prog_btf_fd = template->btf_fd,
		    .func_info = &function, .func_info_cnt = 1,
		    .func_info_rec_size = sizeof(function), .attach_btf_id = template->account_id,
		    .attach_prog_fd = template->program_fd);
	int fd = bpf_prog_load(BPF_PROG_TYPE_EXT, "xdpd_account", "GPL", instructions,
			       array_size(instructions), &options);

	return fd < 0 ? -errno : fd;
}

int counter_extension_link(const struct placeholders *template, int rootlet_fd, int counters_fd,
			   struct error *error)
{
	LIBBPF_OPTS(bpf_link_create_opts, options, .target_btf_id = template->account_id);
	cleanup(closep) int fd = load_extension(template, counters_fd);
	int link;

	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, fd,
				 "the kernel refused to load the extension that counts for "
				 "libxdp's tools: %s",
				 errno_name(fd));
	link = bpf_link_create(fd, rootlet_fd, 0, &options);
	if (link >= 0)
		return link;
	return error_set(
		error, ERROR_KERNEL_REFUSED, -errno,
		"the kernel refused to link the extension that counts for libxdp's tools: %s",
		errno_name(errno));
}
