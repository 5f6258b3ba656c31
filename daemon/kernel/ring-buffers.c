// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/ring-buffers.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdint.h>
#include <stdio.h>

#define ONLINE_CPUS "/sys/devices/system/cpu/online"

#define SIZE_MAX_OF_ONE (512 * 1024)
/* The largest record, which has 65000 bytes of a packet, takes half of it. */
#define SIZE_MIN_OF_ONE (128 * 1024)
#define SIZE_MAX_OF_ALL (16 * 1024 * 1024)

void ring_buffers_done(struct ring_buffers *buffers)
{
	closep(&buffers->map_fd);
	closep(&buffers->lost_fd);
	while (buffers->n_fds > 0)
		closep(&buffers->fds[--buffers->n_fds]);
	free(steal(buffers->fds));
}

static size_t choose_size(size_t n_cpus)
{
	size_t size = SIZE_MAX_OF_ONE;

	while (size > SIZE_MIN_OF_ONE && size * n_cpus > SIZE_MAX_OF_ALL)
		size /= 2;
	return size;
}

/* Sets `online` for each CPU of a list such as "0-3,8". Returns how many they are, or -EINVAL. */
static int read_online(FILE *file, size_t n_cpus, bool *online)
{
	unsigned int first, last;
	int count = 0, n_read;

	while ((n_read = fscanf(file, "%u-%u", &first, &last)) >= 1) {
		if (n_read == 1)
			last = first;
		for (unsigned int cpu = first; cpu <= last; cpu++) {
			if (cpu >= n_cpus)
				return -EINVAL;
			count += !online[cpu];
			online[cpu] = true;
		}
		if (fgetc(file) != ',')
			break;
	}
	return count ?: -EINVAL;
}

static int find_online(size_t n_cpus, bool *online, struct error *error)
{
	FILE *file = fopen(ONLINE_CPUS, "re");
	int count = file ? read_online(file, n_cpus, online) : -errno;

	if (file)
		fclose(file);
	if (count > 0)
		return count;
	return error_set(error, ERROR_KERNEL_REFUSED, count,
			 "cannot determine which CPUs are online from '" ONLINE_CPUS "': %s",
			 errno_name(count));
}

static int create_buffer(struct ring_buffers *buffers, struct error *error)
{
	int fd = bpf_map_create(BPF_MAP_TYPE_RINGBUF, "xdpd_trace", 0, 0, buffers->size, NULL);

	if (fd < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot create a ring buffer of %zu bytes: %s", buffers->size,
				 errno_name(errno));
	buffers->fds[buffers->n_fds++] = fd;
	return fd;
}

/* The first buffer also shows the kernel what the map will contain. */
static int create_maps(struct ring_buffers *buffers, struct error *error)
{
	LIBBPF_OPTS(bpf_map_create_opts, options, .inner_map_fd = buffers->fds[0]);
	LIBBPF_OPTS(bpf_map_create_opts, mappable, .map_flags = BPF_F_MMAPABLE);

	buffers->map_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY_OF_MAPS, "xdpd_trace", sizeof(uint32_t),
					 sizeof(uint32_t), buffers->n_counters, &options);
	if (buffers->map_fd >= 0)
		buffers->lost_fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xdpd_lost", sizeof(uint32_t),
						  sizeof(uint64_t), buffers->n_counters, &mappable);
	if (buffers->lost_fd >= 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot create the maps of a trace's ring buffers: %s", errno_name(errno));
}

static int add_buffer(struct ring_buffers *buffers, uint32_t cpu, struct error *error)
{
	bool is_first = buffers->n_fds == 0;
	int fd = create_buffer(buffers, error);
	int result = fd >= 0 && is_first ? create_maps(buffers, error) : fd;

	if (result < 0)
		return result;
	if (bpf_map_update_elem(buffers->map_fd, &cpu, &fd, BPF_ANY) == 0)
		return 0;
	return error_set(error, ERROR_KERNEL_REFUSED, -errno,
			 "cannot use the ring buffer of CPU %u: %s", cpu, errno_name(errno));
}

static int add_buffers(struct ring_buffers *buffers, struct error *error)
{
	cleanup(freep) bool *online = calloc(buffers->n_counters, sizeof(*online));
	int result = online ? find_online(buffers->n_counters, online, error) : error_memory(error);

	if (result < 0)
		return result;
	buffers->size = choose_size((size_t)result);
	buffers->fds = calloc((size_t)result, sizeof(*buffers->fds));
	result = buffers->fds ? 0 : error_memory(error);
	for (uint32_t cpu = 0; result == 0 && cpu < buffers->n_counters; cpu++)
		if (online[cpu])
			result = add_buffer(buffers, cpu, error);
	return result;
}

int ring_buffers_open(struct ring_buffers *ret, struct error *error)
{
	cleanup(ring_buffers_done) struct ring_buffers buffers = RING_BUFFERS_NONE;
	int n_cpus = libbpf_num_possible_cpus();
	int result;

	if (n_cpus < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, n_cpus,
				 "cannot determine the number of CPUs: %s", errno_name(n_cpus));
	buffers.n_counters = (size_t)n_cpus;
	result = add_buffers(&buffers, error);
	if (result < 0)
		return result;
	*ret = buffers;
	buffers = RING_BUFFERS_NONE;
	return 0;
}
