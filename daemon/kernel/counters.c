// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/counters.h"

#include "base/cleanup.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <sys/mman.h>

static_assert(sizeof(struct rootlet_row) == sizeof(struct counter_row), "one row, two readers");

static int new (enum bpf_map_type type, uint32_t flags, size_t n_rows, struct error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .map_flags = flags);
	int fd = bpf_map_create(type, "xdpd_counters", sizeof(uint32_t), sizeof(struct rootlet_row),
				n_rows, &options);

	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a counter map of %zu rows: %s", n_rows,
				 errno_name(errno));
	return fd;
}

int counters_new(size_t n_rows, struct error *error)
{
	return new (BPF_MAP_TYPE_PERCPU_ARRAY, 0, n_rows, error);
}

int counters_new_mappable(size_t n_rows, struct error *error)
{
	return new (BPF_MAP_TYPE_ARRAY, BPF_F_MMAPABLE, n_rows, error);
}

struct counter_row *counters_map(int fd, size_t n_rows, struct error *error)
{
	void *rows = mmap(NULL, n_rows * sizeof(struct counter_row), PROT_READ | PROT_WRITE,
			  MAP_SHARED, fd, 0);

	if (rows != MAP_FAILED)
		return rows;
	error_set(error, ERROR_KERNEL_REFUSED, -errno, "cannot map the counters: %s",
		  errno_name(errno));
	return NULL;
}

void counters_unmap(struct counter_row *rows, size_t n_rows)
{
	if (rows)
		munmap(rows, n_rows * sizeof(*rows));
}

int counters_rows(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return bpf_map_get_info_by_fd(fd, &info, &size) < 0 ? -errno : (int)info.max_entries;
}

int counters_read(int fd, size_t n_rows, struct counter_row *ret, struct error *error)
{
	int n_cpus = libbpf_num_possible_cpus();
	cleanup(freep) struct counter_row *cpus = NULL;

	if (n_cpus < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, n_cpus,
				 "cannot determine the number of CPUs: %s", errno_name(n_cpus));
	cpus = calloc(n_cpus, sizeof(*cpus));
	if (!cpus)
		return error_memory(error);
	for (uint32_t row = 0; row < n_rows; row++) {
		if (bpf_map_lookup_elem(fd, &row, cpus) < 0)
			return error_set(error, ERROR_KERNEL_REFUSED, -errno,
					 "cannot read row %u of the counters: %s", row,
					 errno_name(errno));
		ret[row] = (struct counter_row){};
		for (int cpu = 0; cpu < n_cpus; cpu++)
			for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
				ret[row].verdict[verdict] += cpus[cpu].verdict[verdict];
	}
	return 0;
}

int counters_reset(int fd, size_t n_rows)
{
	int n_cpus = libbpf_num_possible_cpus();
	cleanup(freep) struct counter_row *cpus = n_cpus < 0 ? NULL : calloc(n_cpus, sizeof(*cpus));

	if (!cpus)
		return n_cpus < 0 ? n_cpus : -ENOMEM;
	for (uint32_t row = 0; row < n_rows; row++)
		if (bpf_map_update_elem(fd, &row, cpus, BPF_ANY) < 0)
			return -errno;
	return 0;
}
