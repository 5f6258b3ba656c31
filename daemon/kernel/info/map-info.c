// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/info/map-info.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <stdio.h>

static void fclosep(FILE **file)
{
	if (*file)
		fclose(*file);
}

/* Only /proc/self/fdinfo reports it (kernel/bpf/syscall.c, bpf_map_show_fdinfo()). */
static uint64_t read_memory(int fd)
{
	cleanup(fclosep) FILE *file = NULL;
	unsigned long long memory = 0;
	char path[64], line[128];

	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	file = fopen(path, "re");
	while (file && fgets(line, sizeof(line), file))
		if (sscanf(line, "memlock: %llu", &memory) == 1)
			break;
	return memory;
}

#define MAP_TYPE_ARENA 33 /* of Linux 6.9; max_entries are pages */
#define ENTRY_HEAD     64 /* bytes that the kernel keeps beside the entry of a hash or a trie */

static uint64_t entry_head(uint32_t type)
{
	return type == BPF_MAP_TYPE_HASH || type == BPF_MAP_TYPE_PERCPU_HASH ||
			       type == BPF_MAP_TYPE_LRU_HASH ||
			       type == BPF_MAP_TYPE_LRU_PERCPU_HASH ||
			       type == BPF_MAP_TYPE_HASH_OF_MAPS ||
			       type == BPF_MAP_TYPE_DEVMAP_HASH || type == BPF_MAP_TYPE_LPM_TRIE
		       ? ENTRY_HEAD
		       : 0;
}

static uint64_t values_of_entry(uint32_t type)
{
	int n_cpus;

	if (type != BPF_MAP_TYPE_PERCPU_ARRAY && type != BPF_MAP_TYPE_PERCPU_HASH &&
	    type != BPF_MAP_TYPE_LRU_PERCPU_HASH)
		return 1;
	n_cpus = libbpf_num_possible_cpus();
	return n_cpus > 0 ? n_cpus : 1;
}

static uint64_t round_up(uint64_t size)
{
	return (size + 7) & ~7ull;
}

/* Sizes are of 32 bits, and the numbers small, so only the product could overflow. */
uint64_t map_bytes_when_full(uint32_t type, uint32_t key_size, uint32_t value_size,
			     uint32_t max_entries)
{
	uint64_t entry = entry_head(type) + round_up(key_size) +
			 round_up(value_size) * values_of_entry(type);
	uint64_t bytes;

	if (type == BPF_MAP_TYPE_RINGBUF)
		return max_entries;
	if (type == MAP_TYPE_ARENA)
		return (uint64_t)max_entries * sysconf(_SC_PAGESIZE);
	if (type == BPF_MAP_TYPE_BLOOM_FILTER) /* about a byte for each entry */
		return max_entries;
	return __builtin_mul_overflow(entry, max_entries, &bytes) ? UINT64_MAX : bytes;
}

uint64_t map_info_bytes(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	uint64_t memory = read_memory(fd), full;

	if (bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return memory;
	full = map_bytes_when_full(info.type, info.key_size, info.value_size, info.max_entries);
	return full > memory ? full : memory;
}

bool map_info_bytes_of_id(uint32_t id, uint64_t *ret)
{
	cleanup(closep) int fd = bpf_map_get_fd_by_id(id);

	if (fd < 0 && errno == ENOENT)
		return false;
	*ret = fd < 0 ? 0 : map_info_bytes(fd);
	return true;
}

int map_info_read(int fd, struct map_info *ret)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	if (bpf_map_get_info_by_fd(fd, &info, &size) < 0)
		return -errno;
	*ret = (struct map_info){
		.id = info.id,
		.type = libbpf_bpf_map_type_str(info.type) ?: "unknown",
		.key_size = info.key_size,
		.value_size = info.value_size,
		.max_entries = info.max_entries,
		.memory = read_memory(fd),
	};
	return 0;
}
