// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/bpffs/pinned-text.h"

#include "base/cleanup.h"

#include <bpf/bpf.h>
#include <string.h>

int pinned_text_new(const char *text, struct error *error)
{
	cleanup(closep) int fd = bpf_map_create(BPF_MAP_TYPE_ARRAY, "xdpd_note", sizeof(uint32_t),
						strlen(text) + 1, 1, NULL);
	const uint32_t key = 0;

	if (fd < 0 || bpf_map_update_elem(fd, &key, text, BPF_ANY) < 0 || bpf_map_freeze(fd) < 0)
		return error_set(error, ERROR_KERNEL_REFUSED, -errno,
				 "cannot store a record of %zu bytes in a map: %s", strlen(text),
				 errno_name(errno));
	return steal_fd(&fd);
}

char *pinned_text_read(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);
	const uint32_t key = 0;
	cleanup(freep) char *text = NULL;

	if (bpf_map_get_info_by_fd(fd, &info, &size) < 0 || info.type != BPF_MAP_TYPE_ARRAY ||
	    info.max_entries != 1 || !info.value_size)
		return NULL;
	text = calloc(1, (size_t)info.value_size + 8); /* the kernel rounds up to 8 */
	if (!text || bpf_map_lookup_elem(fd, &key, text) < 0)
		return NULL;
	return steal(text);
}
