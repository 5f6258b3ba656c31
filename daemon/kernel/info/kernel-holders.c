#include "daemon/kernel/info/kernel-holders.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/link-info.h"
#include "daemon/kernel/info/prog-info.h"

#include <bpf/bpf.h>

/* How far to look. */
#define OBJECTS_MAX 16384

static void look_at_program(uint32_t id, holding_visit visit, void *userdata)
{
	cleanup(closep) int fd = bpf_prog_get_fd_by_id(id);
	struct program_facts facts;

	if (fd < 0 || program_facts_read_quickly(fd, &facts) < 0)
		return;
	for (size_t i = 0; i < facts.n_maps; i++) {
		const struct holding holding = {
			HOLDER_PROGRAM, facts.name, id, { .map = facts.map_ids[i] }
		};

		visit(userdata, &holding);
	}
}

static void look_at_link(uint32_t id, holding_visit visit, void *userdata)
{
	cleanup(closep) int fd = bpf_link_get_fd_by_id(id);
	struct holding holding = { HOLDER_LINK, "link", id };
	struct link_facts facts;

	if (fd < 0 || link_facts_read(fd, &facts) < 0)
		return;
	holding.held.program = facts.program_id;
	visit(userdata, &holding);
	holding.held.program = facts.target_program_id;
	if (facts.target_program_id)
		visit(userdata, &holding);
}

void object_users_each(holding_visit visit, void *userdata)
{
	static const struct {
		int (*next)(uint32_t id, uint32_t *ret);
		void (*look)(uint32_t id, holding_visit visit, void *userdata);
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
