// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/kernel/info/tracing-programs.h"

#include "base/cleanup.h"
#include "daemon/kernel/info/holders.h"
#include "daemon/kernel/info/link-info.h"

#include <bpf/bpf.h>
#include <stdio.h>

/* How many links are looked at, and how many programs. */
#define LINKS_MAX    16384
#define PROGRAMS_MAX 16384

static bool contains(const uint32_t *ids, size_t n_ids, uint32_t id)
{
	for (size_t i = 0; id && i < n_ids; i++)
		if (ids[i] == id)
			return true;
	return false;
}

/* Links of extensions have the same type. */
static bool is_tracing(const struct link_info *link, struct tracing_program *ret)
{
	cleanup(closep) int fd = bpf_prog_get_fd_by_id(link->program_id);
	struct prog_info program;

	if (fd < 0 || prog_info_read(fd, &program) < 0 || program.type != BPF_PROG_TYPE_TRACING)
		return false;
	*ret = (struct tracing_program){
		.program_id = program.id,
		.link_id = link->id,
		.target_id = link->target_program_id,
	};
	snprintf(ret->name, sizeof(ret->name), "%s", program.name);
	return true;
}

bool tracing_programs_loaded_after(uint32_t program_id)
{
	uint32_t id = program_id;
	size_t n = 0;

	while (n < PROGRAMS_MAX && bpf_prog_get_next_id(id, &id) == 0) {
		cleanup(closep) int fd = bpf_prog_get_fd_by_id(id);
		struct prog_info program;

		if (fd >= 0 && prog_info_read_quickly(fd, &program) == 0 &&
		    program.type == BPF_PROG_TYPE_TRACING)
			return true;
		n++;
	}
	return n == PROGRAMS_MAX;
}

static uint32_t find_oldest(const uint32_t *program_ids, size_t n_program_ids)
{
	uint32_t oldest = UINT32_MAX;

	for (size_t i = 0; i < n_program_ids; i++)
		if (program_ids[i] < oldest)
			oldest = program_ids[i];
	return oldest;
}

bool tracing_programs_find(const uint32_t *program_ids, size_t n_program_ids,
			   struct tracing_program *ret)
{
	uint32_t id = 0;

	if (!tracing_programs_loaded_after(find_oldest(program_ids, n_program_ids)))
		return false;
	for (size_t n = 0; n < LINKS_MAX && bpf_link_get_next_id(id, &id) == 0; n++) {
		cleanup(closep) int fd = bpf_link_get_fd_by_id(id);
		struct link_info link;

		if (fd >= 0 && link_info_read(fd, &link) == 0 &&
		    contains(program_ids, n_program_ids, link.target_program_id) &&
		    is_tracing(&link, ret))
			return true;
	}
	return false;
}

char *tracing_program_describe(const struct tracing_program *program)
{
	struct holders holders;
	char *text;
	int length;

	holders_find(program->program_id, program->link_id, &holders);
	if (holders.n_processes)
		length = asprintf(&text, "the program '%s' (id %u) of %s (PID %d)", program->name,
				  program->program_id, holders.processes[0].name,
				  (int)holders.processes[0].pid);
	else
		length = asprintf(&text, "the program '%s' (id %u)%s%s", program->name,
				  program->program_id, *holders.link_pin ? ", pinned at " : "",
				  holders.link_pin);
	return length < 0 ? NULL : text;
}
