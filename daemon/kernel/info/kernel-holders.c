// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/kernel/info/kernel-holders.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/link-info.h"
#include "daemon/kernel/info/prog-info.h"

#include <bpf/bpf.h>

/* How many programs, and how many links, are looked at. */
#define OBJECTS_MAX 16384

static void look_at_program(uint32_t id, holder_visit visit, void *userdata)
{
	cleanup(closep) int fd = bpf_prog_get_fd_by_id(id);
	struct prog_info info;

	if (fd < 0 || prog_info_read_quickly(fd, &info) < 0)
		return;
	for (size_t i = 0; i < info.n_maps; i++) {
		const struct holder holder = {
			HOLDER_PROGRAM, info.name, id, { .map = info.map_ids[i] }
		};

		visit(userdata, &holder);
	}
}

static void look_at_link(uint32_t id, holder_visit visit, void *userdata)
{
	cleanup(closep) int fd = bpf_link_get_fd_by_id(id);
	struct holder holder = { HOLDER_LINK, "link", id };
	struct link_info info;

	if (fd < 0 || link_info_read(fd, &info) < 0)
		return;
	holder.held.program = info.program_id;
	visit(userdata, &holder);
	holder.held.program = info.target_program_id;
	if (info.target_program_id)
		visit(userdata, &holder);
}

void kernel_holders_each(holder_visit visit, void *userdata)
{
	static const struct {
		int (*next)(uint32_t id, uint32_t *ret);
		void (*look)(uint32_t id, holder_visit visit, void *userdata);
	} kinds[] = {
		{ bpf_prog_get_next_id, look_at_program },
		{ bpf_link_get_next_id, look_at_link },
	};

	for (size_t i = 0; i < array_size(kinds); i++) {
		uint32_t id = 0;

		for (size_t n = 0; n < OBJECTS_MAX && kinds[i].next(id, &id) == 0; n++)
			kinds[i].look(id, visit, userdata);
	}
}
