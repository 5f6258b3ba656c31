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
