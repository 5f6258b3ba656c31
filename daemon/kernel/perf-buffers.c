// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/perf-buffers.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/perf_event.h>
#include <sys/syscall.h>

void perf_buffers_done(struct perf_buffers *buffers)
{
	closep(&buffers->map_fd);
	while (buffers->n_fds > 0)
		closep(&buffers->fds[--buffers->n_fds]);
	free(steal(buffers->fds));
}

static int open_buffer(int cpu)
{
	struct perf_event_attr attributes = {
		.type = PERF_TYPE_SOFTWARE,
		.size = sizeof(attributes),
		.config = PERF_COUNT_SW_BPF_OUTPUT,
		.sample_type = PERF_SAMPLE_RAW,
		.sample_period = 1,
		.watermark = true,
		.wakeup_watermark = PERF_BUFFERS_WATERMARK,
	};
	int fd = syscall(SYS_perf_event_open, &attributes, -1, cpu, -1, PERF_FLAG_FD_CLOEXEC);

	return fd < 0 ? -errno : fd;
}

static int add_buffer(struct perf_buffers *buffers, int cpu, struct error *error)
{
	int fd = open_buffer(cpu);

	if (fd == -ENODEV) /* the CPU is offline */
		return 0;
	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, fd,
				 "cannot open a perf buffer for CPU %d: %s", cpu, errno_name(fd));
	buffers->fds[buffers->n_fds++] = fd;
	if (bpf_map_update_elem(buffers->map_fd, &cpu, &fd, BPF_ANY) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot use the perf buffer of CPU %d: %s", cpu, errno_name(errno));
}

int perf_buffers_open(struct perf_buffers *ret, struct error *error)
{
	cleanup(perf_buffers_done) struct perf_buffers buffers = PERF_BUFFERS_NONE;
	int n_cpus = libbpf_num_possible_cpus();
	int result = 0;

	if (n_cpus < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, n_cpus,
				 "cannot determine the number of CPUs: %s", errno_name(n_cpus));
	buffers.fds = calloc(n_cpus, sizeof(*buffers.fds));
	if (!buffers.fds)
		return error_memory(error);
	buffers.map_fd = bpf_map_create(BPF_MAP_TYPE_PERF_EVENT_ARRAY, "xdpd_trace", sizeof(int),
					sizeof(int), n_cpus, NULL);
	if (buffers.map_fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a map of perf buffers: %s", errno_name(errno));
	for (int cpu = 0; result == 0 && cpu < n_cpus; cpu++)
		result = add_buffer(&buffers, cpu, error);
	if (result < 0)
		return result;
	*ret = buffers;
	buffers = PERF_BUFFERS_NONE;
	return 0;
}
