// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Traces a function of a loaded program, as bpftrace and xdpdump do: tracer PROGRAM_ID FUNCTION. Prints "attached" and
 * waits for the end of its input, or prints what the kernel says to it, by name.
 */
#define _GNU_SOURCE
#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int function_id(int program_fd, const char *name)
{
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);
	struct btf *btf;
	int id;

	if (bpf_prog_get_info_by_fd(program_fd, &info, &size) < 0)
		return -errno;
	btf = btf__load_from_kernel_by_id(info.btf_id);
	id = btf ? btf__find_by_name_kind(btf, name, BTF_KIND_FUNC) : -errno;
	btf__free(btf);
	return id;
}

static int trace(int program_fd, int function)
{
	const struct bpf_insn instructions[] = {
		{ .code = BPF_ALU64 | BPF_MOV | BPF_K, .dst_reg = BPF_REG_0 },
		{ .code = BPF_JMP | BPF_EXIT },
	};
	LIBBPF_OPTS(bpf_prog_load_opts, options, .expected_attach_type = BPF_TRACE_FENTRY,
		    .attach_prog_fd = program_fd, .attach_btf_id = function);
	int fd = bpf_prog_load(BPF_PROG_TYPE_TRACING, "test_tracer", "GPL", instructions, 2,
			       &options);
	int link = fd < 0 ? fd : bpf_raw_tracepoint_open(NULL, fd);

	return link < 0 ? -errno : link;
}

int main(int argc, char **argv)
{
	int program_fd = argc == 3 ? bpf_prog_get_fd_by_id(atoi(argv[1])) : -1;
	int function = program_fd < 0 ? -1 : function_id(program_fd, argv[2]);
	int link = function < 0 ? -ENOENT : trace(program_fd, function);

	printf("%s\n", link < 0 ? strerrorname_np(-link) : "attached");
	fflush(stdout);
	while (link >= 0 && getchar() != EOF)
		;
	return link < 0;
}
