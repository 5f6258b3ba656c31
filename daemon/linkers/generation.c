// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/linkers/generation.h"

#include "base/cleanup.h"
#include "daemon/kernel/bpffs/object-id.h"
#include "daemon/kernel/bpffs/pinned-text.h"
#include "daemon/kernel/counters.h"
#include "daemon/linkers/blueprint.h"
#include "daemon/linkers/linker.h"

#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void generation_destroy(struct node *node)
{
	struct generation *generation = (struct generation *)node;

	libxdp_pins_drop(&generation->libxdp_pins);
	pins_drop(&generation->pins);
	for (size_t i = 0; i < generation->n_members; i++)
		free(generation->members[i].why);
}

static const struct node_type generation_type = { "generation", generation_destroy };

void generation_release(struct generation **generation)
{
	struct node *node = (struct node *)steal(*generation);

	node_release(&node);
}

void generation_keep_pins(struct generation *generation)
{
	pins_keep(&generation->pins);
	libxdp_pins_keep(&generation->libxdp_pins);
}

char *generation_pin_name(uint64_t device, uint64_t number, const char *made_by)
{
	char *name;

	return asprintf(&name, "%" PRIu64 "-%" PRIu64 "-%s", device, number, made_by) < 0 ? NULL
											  : name;
}

size_t generation_links(const struct generation *generation)
{
	return generation->node.n_needs - 1; /* the first is the rootlet */
}

const struct slot_link *generation_link(const struct generation *generation, size_t slot)
{
	return (const struct slot_link *)generation->node.needs[slot + 1];
}

int generation_each_pin(const struct generation *generation, pin_visit visit, void *userdata)
{
	struct pins *pins = generation->pins;
	int result = visit(pins, "rootlet", generation->rootlet->fd, userdata);

	if (result >= 0)
		result = visit(pins, "counters", generation->rootlet->counters_fd, userdata);
	if (result >= 0 && generation->rootlet->account_fd >= 0)
		result = visit(pins, "account", generation->rootlet->account_fd, userdata);
	for (size_t slot = 0; result >= 0 && slot < generation_links(generation); slot++) {
		char name[32];

		snprintf(name, sizeof(name), "slot-%zu", slot);
		result = visit(pins, name, generation_link(generation, slot)->fd, userdata);
	}
	return result;
}

/* Finds the programs and links that libxdp's tools should list. Returns how many there are. */
static size_t listed(const struct generation *generation, int program_fds[static ROOTLET_SLOTS],
		     int link_fds[static ROOTLET_SLOTS])
{
	size_t n = generation_links(generation);

	for (size_t i = 0; i < n; i++) {
		const struct slot_link *link = generation_link(generation, i);

		program_fds[i] = ((const struct component *)link->node.needs[1])->fd;
		link_fds[i] = link->fd;
	}
	return n;
}

int generation_each_listed_pin(const struct generation *generation, pin_visit visit, void *userdata,
			       struct error *error)
{
	int program_fds[ROOTLET_SLOTS], link_fds[ROOTLET_SLOTS];
	size_t n = listed(generation, program_fds, link_fds);

	if (!generation->libxdp_pins)
		return 0;
	return libxdp_pins_visit(generation->libxdp_pins, n, program_fds, link_fds, visit, userdata,
				 error);
}

void generation_remove_stale_libxdp_pins(const char *pin_directory, const char *name,
					 const char *listed_in)
{
	cleanup(pins_keep) struct pins *pins = NULL;
	cleanup(closep) int fd = -1;

	if (pins_open(pin_directory, name, &pins, NULL) < 0)
		return;
	fd = pins_get(pins, "rootlet");
	if (object_id(fd))
		libxdp_pins_remove_stale(listed_in, object_id(fd));
}

/*
 * Creates the pins for libxdp's tools. The generation's own pins must exist already, because a later process
 * finds these pins through them.
 */
static int list(struct generation *generation, const struct blueprint *blueprint,
		struct error *error)
{
	int program_fds[ROOTLET_SLOTS], link_fds[ROOTLET_SLOTS];
	size_t n = listed(generation, program_fds, link_fds);
	int result;

	if (!blueprint->listed_in)
		return 0;
	generation->listed_as = blueprint->listed_as;
	result = libxdp_pins_new(blueprint->listed_in, blueprint->listed_as,
				 generation->rootlet->id, &generation->libxdp_pins, error);
	return result < 0
		       ? result
		       : libxdp_pins_make(generation->libxdp_pins, n, program_fds, link_fds, error);
}

/* Makes a generation that holds all of its parts, without pins. */
static int make(const struct linker_type *made_by, uint64_t number, struct rootlet *rootlet,
		size_t n_links, struct slot_link *const *links, struct generation **ret,
		struct error *error)
{
	cleanup(freep) struct generation *generation = calloc(1, sizeof(*generation));
	cleanup(freep) struct node **needs = calloc(n_links + 1, sizeof(*needs));

	if (!generation || !needs)
		return error_memory(error);
	needs[0] = &rootlet->node;
	for (size_t i = 0; i < n_links; i++)
		needs[i + 1] = &links[i]->node;
	if (node_init(&generation->node, &generation_type, n_links + 1, needs) < 0)
		return error_memory(error);
	generation->made_by = made_by;
	generation->number = number;
	generation->rootlet = rootlet;
	*ret = steal(generation);
	return 0;
}

static int add_member(struct generation *generation, uint64_t id, enum join join, const char *why,
		      struct error *error)
{
	struct member *member = &generation->members[generation->n_members];

	*member = (struct member){ id, join, why ? strdup(why) : NULL };
	if (why && !member->why)
		return error_memory(error);
	generation->n_members++;
	return 0;
}

static int pin(struct generation *generation, const struct blueprint *blueprint, const char *name,
	       struct error *error)
{
	int result = pins_new(blueprint->pin_directory, name, &generation->pins, error);

	return result < 0 ? result : generation_each_pin(generation, pins_visit_add, error);
}

int generation_new(const struct linker *linker, const struct blueprint *blueprint,
		   struct rootlet *rootlet, size_t n_links, struct slot_link *const *links,
		   const struct join_result *join_results, struct generation **ret,
		   struct error *error)
{
	cleanup(generation_release) struct generation *generation = NULL;
	cleanup(freep) char *name = generation_pin_name(blueprint->device, blueprint->generation,
							linker->type->name);
	int result;

	if (!name)
		return error_memory(error);
	result = make(linker->type, blueprint->generation, rootlet, n_links, links, &generation,
		      error);
	for (size_t i = 0; result == 0 && i < blueprint->n_placements; i++)
		result = add_member(generation, blueprint->placements[i].id, join_results[i].join,
				    join_results[i].why, error);
	if (result == 0 && blueprint->pin_directory)
		result = pin(generation, blueprint, name, error);
	if (result == 0)
		result = list(generation, blueprint, error);
	if (result == 0)
		*ret = steal(generation);
	return result;
}

int generation_annotate(struct generation *generation, const char *text, struct error *error)
{
	cleanup(closep) int fd = pinned_text_new(text, error);

	return fd < 0 ? fd : pins_repair(generation->pins, GENERATION_TEXT, fd, error);
}

char *generation_note(const struct generation *generation)
{
	cleanup(closep) int fd = pins_get(generation->pins, GENERATION_TEXT);

	return fd < 0 ? NULL : pinned_text_read(fd);
}

/* Names of the pins of a twin that packets run, and of one that they are about to run. */
#define TWIN	  "twin"
#define NEXT_TWIN "next-twin"

int generation_announce_twin(struct generation *generation, const struct generation *twin,
			     struct error *error)
{
	return pins_repair(generation->pins, NEXT_TWIN, twin->rootlet->fd, error);
}

void generation_keep_twin(struct generation *generation)
{
	pins_rename(generation->pins, NEXT_TWIN, TWIN);
}

void generation_forget_twin(struct generation *generation)
{
	pins_remove(generation->pins, NEXT_TWIN);
	pins_remove(generation->pins, TWIN);
}

bool generation_pins_run(const struct pins *pins, uint32_t program_id)
{
	static const char *const names[] = { "rootlet", TWIN, NEXT_TWIN };
	bool found = false;

	for (size_t i = 0; program_id && i < array_size(names); i++) {
		cleanup(closep) int fd = pins_get(pins, names[i]);

		found |= fd >= 0 && object_id(fd) == program_id;
	}
	return found;
}

static int not_there(const char *what, const char *name, int failure, struct error *error)
{
	return error_set(error, ERROR_KERNEL_REFUSED, failure,
			 "cannot take over the %s of generation %s: %s", what, name,
			 errno_name(failure));
}

static int restore_rootlet(const struct pins *pins, const char *name,
			   const struct generation_record *record,
			   struct component *const *components, struct component *policy,
			   struct rootlet **ret, struct error *error)
{
	cleanup(closep) int fd = pins_get(pins, "rootlet");
	cleanup(closep) int counters_fd = pins_get(pins, "counters");
	cleanup(closep) int account_fd = record->listed_as ? pins_get(pins, "account") : -1;
	struct node *needs[ROOTLET_SLOTS + 1];
	size_t n_needs = 0;
	int n_rows, result;

	if (fd < 0)
		return not_there("rootlet", name, fd, error);
	if (counters_fd < 0)
		return not_there("counters", name, counters_fd, error);
	if (record->listed_as && account_fd < 0)
		return not_there("account", name, account_fd, error);
	n_rows = counters_rows(counters_fd);
	if (n_rows <= (int)record->n_members)
		return not_there("counters", name, n_rows < 0 ? n_rows : -EBADMSG, error);
	for (size_t i = 0; components && i < record->n_members; i++)
		needs[n_needs++] = &components[i]->node;
	if (components && policy)
		needs[n_needs++] = &policy->node;
	result = rootlet_new(steal_fd(&fd), steal_fd(&counters_fd), n_rows, n_needs, needs, ret,
			     error);
	if (result == 0)
		(*ret)->account_fd = steal_fd(&account_fd);
	return result;
}

/* Opens the links of extensions. A component that no packet reaches has no link. */
static int restore_links(const struct pins *pins, const char *name,
			 const struct generation_record *record,
			 struct component *const *components, struct rootlet *rootlet,
			 struct slot_link **links, size_t *n_links, struct error *error)
{
	while (components && *n_links < record->n_members) {
		char slot[32];
		int fd, result;

		snprintf(slot, sizeof(slot), "slot-%zu", *n_links);
		fd = pins_get(pins, slot);
		if (fd == -ENOENT)
			return 0;
		if (fd < 0)
			return not_there("links", name, fd, error);
		result = slot_link_restore(fd, components[*n_links], rootlet, &links[*n_links],
					   error);
		if (result < 0)
			return result;
		++*n_links;
	}
	return 0;
}

int generation_restore(const char *pin_directory, uint64_t device,
		       const struct generation_record *record, struct component *const *components,
		       struct component *policy, const char *listed_in, struct generation **ret,
		       struct error *error)
{
	cleanup(libxdp_pins_keep) struct libxdp_pins *libxdp_pins = NULL;
	cleanup(generation_release) struct generation *generation = NULL;
	cleanup(rootlet_release) struct rootlet *rootlet = NULL;
	cleanup(pins_keep) struct pins *pins = NULL;
	cleanup(freep) char *name = generation_pin_name(device, record->number, record->made_by);
	const struct linker_type *made_by = linker_find_type(record->made_by);
	struct slot_link *links[ROOTLET_SLOTS] = {};
	size_t n_links = 0;
	int result;

	if (!name)
		return error_memory(error);
	if (!made_by)
		return not_there("linker", name, -EINVAL, error);
	result = pins_open(pin_directory, name, &pins, error);
	if (result == 0)
		result = restore_rootlet(pins, name, record, components, policy, &rootlet, error);
	if (result == 0)
		result = restore_links(pins, name, record, components, rootlet, links, &n_links,
				       error);
	if (result == 0)
		result = make(made_by, record->number, rootlet, n_links, links, &generation, error);
	for (size_t i = 0; result == 0 && i < record->n_members; i++)
		result = add_member(generation, record->members[i].id, record->members[i].join,
				    record->members[i].why, error);
	while (n_links > 0)
		slot_link_release(&links[--n_links]);
	if (result == 0 && record->listed_as && listed_in)
		result = libxdp_pins_new(listed_in, record->listed_as, rootlet->id, &libxdp_pins,
					 error);
	if (result < 0)
		return result;
	generation->pins = steal(pins);
	generation->libxdp_pins = steal(libxdp_pins);
	generation->listed_as = record->listed_as;
	*ret = steal(generation);
	return 0;
}
