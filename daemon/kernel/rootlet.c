// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/rootlet.h"

#include "base/cleanup.h"
#include "broker/program-load.h"
#include "daemon/kernel/component/device-bound.h"
#include "object/verifier-log.h"

#include <bpf/bpf.h>

static void rootlet_destroy(struct node *node)
{
	struct rootlet *rootlet = (struct rootlet *)node;

	closep(&rootlet->fd);
	closep(&rootlet->counters_fd);
	closep(&rootlet->account_fd);
}

static const struct node_type rootlet_type = { "rootlet", rootlet_destroy };

void rootlet_release(struct rootlet **rootlet)
{
	struct node *node = (struct node *)steal(*rootlet);

	node_release(&node);
}

int rootlet_load(const struct rootlet_program *program, char *log, unsigned int log_level)
{
	LIBBPF_OPTS(bpf_prog_load_opts, options, .log_buf = log,
		    .log_size = log ? verifier_log_size(log_level) : 0, .log_level = log_level,
		    .expected_attach_type = program->attach_type,
		    .prog_flags = device_bound_flags(program->frags, program->bound_to),
		    .prog_ifindex = program->bound_to);

	if (program->modules)
		options.fd_array = program->modules;
	if (program->btf_fd) {
		options.prog_btf_fd = program->btf_fd;
		options.func_info = program->functions;
		options.func_info_cnt = program->n_functions;
		options.func_info_rec_size = sizeof(*program->functions);
		options.line_info = program->lines;
		options.line_info_cnt = program->n_lines;
		options.line_info_rec_size = sizeof(*program->lines);
	}
	if (log)
		log[0] = '\0';
	return program_load(BPF_PROG_TYPE_XDP, program->name, program->license,
			    program->instructions, program->n_instructions, &options);
}

int rootlet_new(int fd, int counters_fd, size_t n_rows, size_t n_needs, struct node *const *needs,
		struct rootlet **ret, struct error *error)
{
	cleanup(closep) int program = fd;
	cleanup(closep) int counters = counters_fd;
	cleanup(freep) struct rootlet *rootlet = calloc(1, sizeof(*rootlet));
	struct bpf_prog_info info = {};
	__u32 size = sizeof(info);

	if (!rootlet)
		return error_memory(error);
	if (bpf_prog_get_info_by_fd(fd, &info, &size) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot query the rootlet: %s", errno_name(errno));
	if (node_init(&rootlet->node, &rootlet_type, n_needs, needs) < 0)
		return error_memory(error);
	rootlet->fd = steal_fd(&program);
	rootlet->counters_fd = steal_fd(&counters);
	rootlet->account_fd = -1;
	rootlet->id = info.id;
	rootlet->verified = info.verified_insns;
	rootlet->n_rows = n_rows;
	*ret = steal(rootlet);
	return 0;
}
