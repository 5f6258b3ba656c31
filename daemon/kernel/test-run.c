// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/test-run.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <linux/if_ether.h>

int test_run_init(struct test_run *run, int program_fd, bool frags, unsigned int ifindex)
{
	*run = (struct test_run){
		.program_fd = program_fd,
		.frags = frags,
		.ifindex = ifindex,
		.bytes = malloc(TEST_RUN_SIZE_MAX),
	};
	return run->bytes ? 0 : -ENOMEM;
}

void test_run_done(struct test_run *run)
{
	free(steal(run->bytes));
}

static int try(struct test_run *run, const void *frame, size_t size, unsigned int ifindex)
{
	struct xdp_md context = { .data_end = size, .ingress_ifindex = ifindex };
	LIBBPF_OPTS(bpf_test_run_opts, options, .data_in = frame, .data_size_in = size,
		    .data_out = run->bytes, .data_size_out = TEST_RUN_SIZE_MAX, .repeat = 1);

	if (ifindex) {
		options.ctx_in = &context;
		options.ctx_size_in = sizeof(context);
	}
	if (bpf_prog_test_run_opts(run->program_fd, &options) < 0)
		return -errno;
	run->size = options.data_size_out;
	run->returned = options.retval;
	return 0;
}

/*
 * Newer kernels run long frames through any program, and show it only the first buffer; older kernels also
 * run frames that are too short for a header.
 */
int test_run_frame(struct test_run *run, const void *frame, size_t size)
{
	int result;

	if (size > TEST_RUN_BUFFER && !run->frags)
		return -EMSGSIZE;
	if (size < ETH_HLEN)
		return -EINVAL;
	result = try(run, frame, size, run->ifindex);
	if (result != -EINVAL || !run->ifindex)
		return result;
	result = try(run, frame, size, 0);
	if (result == 0)
		run->ifindex = 0;
	return result;
}
