// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Converts dependency nodes, and what they own that is not a node, to nodes of the graph. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/graph/parts.h"
#include "daemon/kernel/bpffs/object-id.h"
#include "daemon/kernel/info/link-info.h"
#include "daemon/kernel/info/prog-info.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"
#include "daemon/state/device.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void identify_generation(const struct node *node, char id[static GRAPH_ID_SIZE])
{
	const struct generation *generation = (const struct generation *)node;

	graph_name_id(id, "generation:%s", strrchr(pins_directory(generation->pins), '/') + 1);
}

static void describe_generation(struct graph *graph, const struct node *node, const char *id)
{
	const struct generation *generation = (const struct generation *)node;
	const struct device *device = graph->device;
	char name[64];

	snprintf(name, sizeof(name), "%sgeneration %" PRIu64 " of %s",
		 generation == device->retiring ? "retiring " : "", generation->number,
		 device->ifname);
	graph_add_node(graph, id, "generation", name, 0, generation->made_by->name,
		       generation->pins);
}

static void identify_rootlet(const struct node *node, char id[static GRAPH_ID_SIZE])
{
	graph_name_id(id, "program:%u", ((const struct rootlet *)node)->id);
}

static bool uses_map(const struct prog_info *info, uint32_t id)
{
	for (size_t i = 0; i < info->n_maps; i++)
		if (info->map_ids[i] == id)
			return true;
	return false;
}

static void add_map(struct graph *graph, const char *holder, const char *name, uint32_t number,
		    enum graph_record record)
{
	const struct graph_edge edge = { "uses", name, record };
	char id[GRAPH_ID_SIZE];

	graph_name_id(id, "map:%u", number);
	graph_add_node(graph, id, "map", name, number, NULL, NULL);
	graph_add_edge(graph, holder, id, &edge);
}

/* The name of the map, if a component in the rootlet has it; NULL: none does. */
static const char *find_map(const struct node *rootlet, uint32_t id)
{
	for (size_t i = 0; i < rootlet->n_needs; i++) {
		const struct component *component = (const struct component *)rootlet->needs[i];

		for (size_t j = 0; j < component->n_maps; j++)
			if (component->maps[j].id == id)
				return component->maps[j].name;
	}
	return NULL;
}

/* Adds the extension that counts for a rootlet. Only its link is known. */
static void add_account(struct graph *graph, const char *rootlet, int link_fd, uint32_t counters)
{
	const struct graph_edge counts = { "counts with", .record = GRAPH_RECORD_BOTH };
	const struct graph_edge runs = { "runs", .record = GRAPH_RECORD_KERNEL };
	struct link_info info = {};
	char link[GRAPH_ID_SIZE], program[GRAPH_ID_SIZE];

	link_info_read(link_fd, &info);
	graph_name_id(link, "link:%u", info.id);
	graph_name_id(program, "program:%u", info.program_id);
	graph_add_node(graph, link, "slot", "account", info.id, NULL, NULL);
	graph_add_node(graph, program, "extension", "account", info.program_id, NULL, NULL);
	graph_add_edge(graph, rootlet, link, &counts);
	graph_add_edge(graph, link, program, &runs);
	add_map(graph, program, "counters", counters, GRAPH_RECORD_KERNEL);
}

/*
 * Adds the rootlet's counters and, according to the kernel, the maps of fused components. A rootlet that
 * libxdp's tools list has libxdp's config map instead, and another program counts for it.
 */
static void describe_rootlet(struct graph *graph, const struct node *node, const char *id)
{
	const struct rootlet *rootlet = (const struct rootlet *)node;
	uint32_t counters = object_id(rootlet->counters_fd);
	bool is_listed = rootlet->account_fd >= 0;
	struct prog_info info = {};

	prog_info_read_quickly(rootlet->fd, &info);
	graph->types = info.btf_id;
	graph_add_node(graph, id, "rootlet", *info.name ? info.name : ROOTLET_NAME, rootlet->id,
		       NULL, NULL);
	if (counters)
		add_map(graph, id, "counters", counters,
			uses_map(&info, counters) ? GRAPH_RECORD_BOTH : GRAPH_RECORD_XDPD);
	if (is_listed)
		add_account(graph, id, rootlet->account_fd, counters);
	for (size_t i = 0; i < info.n_maps; i++) {
		const char *name = find_map(node, info.map_ids[i]);

		if (info.map_ids[i] != counters)
			add_map(graph, id,
				name
					?: is_listed ? "libxdp's record"
						     : "unnamed map",
				info.map_ids[i], name ? GRAPH_RECORD_BOTH : GRAPH_RECORD_KERNEL);
	}
}

static void identify_slot(const struct node *node, char id[static GRAPH_ID_SIZE])
{
	struct link_info info = {};

	link_info_read(((const struct slot_link *)node)->fd, &info);
	graph_name_id(id, "link:%u", info.id);
}

/*
 * A slot has the name of the function that it replaces; before Linux 5.13 that is known only for a policy.
 */
static void describe_slot(struct graph *graph, const struct node *node, const char *id)
{
	const struct component *component = (const struct component *)node->needs[1];
	struct link_info info = {};
	const char *name;

	link_info_read(((const struct slot_link *)node)->fd, &info);
	name = function_names_get(&graph->functions, graph->types, info.target_function_id);
	graph_add_node(graph, id, "slot", name ?: component->spec.slot ?: "unnamed slot", info.id, NULL, NULL);
}

/* The kernel's record of the link has both of its ends. */
static void compare_slot(const struct node *node, size_t need, struct graph_edge *edge)
{
	struct link_info info = {};
	char who[32];

	link_info_read(((const struct slot_link *)node)->fd, &info);
	snprintf(who, sizeof(who), "link %u", info.id);
	edge->relation = need == 0 ? "is part of" : "holds";
	if (need == 0)
		graph_compare(edge, who, "replaces a function of", info.target_program_id,
			      ((const struct rootlet *)node->needs[0])->id);
	else
		graph_compare(edge, who, "runs", info.program_id,
			      ((const struct component *)node->needs[1])->id);
}

static void identify_component(const struct node *node, char id[static GRAPH_ID_SIZE])
{
	graph_name_id(id, "program:%u", ((const struct component *)node)->id);
}

static void add_stored(struct graph *graph, const char *holder, const char *sha256,
		       const char *kind, const char *label, const struct graph_edge *edge)
{
	char id[GRAPH_ID_SIZE];

	graph_name_id(id, "object:%s", sha256);
	graph_add_node(graph, id, kind, label, 0, NULL, NULL);
	graph_add_edge(graph, holder, id, edge);
}

void graph_add_spec(struct graph *graph, const char *holder, const char *name,
		    const struct component_spec *spec, const char *relation)
{
	const struct graph_edge made_of = { relation, name };
	const struct graph_edge linked_with = { "linked with", NULL };

	if (!*spec->sha256)
		return;
	add_stored(graph, holder, spec->sha256, "object", spec->label, &made_of);
	for (size_t i = 0; i < spec->n_libraries; i++)
		add_stored(graph, holder, spec->libraries[i].sha256, "library",
			   spec->libraries[i].label, &linked_with);
}

/*
 * The kernel keeps the program against which an extension was verified until the extension is linked to
 * another one (kernel/bpf/syscall.c, bpf_tracing_prog_attach()). It reports that program by its BTF.
 */
static void add_types(struct graph *graph, const char *holder, uint32_t btf_id)
{
	const struct graph_edge edge = { "verified against", .record = GRAPH_RECORD_KERNEL };
	char id[GRAPH_ID_SIZE];

	graph_name_id(id, "types:%u", btf_id);
	graph_add_node(graph, id, "types", "type information (BTF) of a rootlet", btf_id, NULL,
		       NULL);
	graph_add_edge(graph, holder, id, &edge);
}

static void describe_component(struct graph *graph, const struct node *node, const char *id)
{
	const struct component *component = (const struct component *)node;
	struct prog_info info = {};

	prog_info_read_quickly(component->fd, &info);
	graph_add_node(graph, id, "component", component->spec.program, component->id,
		       component->spec.label, component->pins);
	for (size_t i = 0; i < component->n_maps; i++)
		add_map(graph, id, component->maps[i].name, component->maps[i].id,
			uses_map(&info, component->maps[i].id) ? GRAPH_RECORD_BOTH
							       : GRAPH_RECORD_XDPD);
	if (component->tail_fd >= 0)
		add_map(graph, id, "tail-call target", object_id(component->tail_fd),
			GRAPH_RECORD_XDPD);
	graph_add_spec(graph, id, NULL, &component->spec, "made of");
	if (info.target_btf_id)
		add_types(graph, id, info.target_btf_id);
}

/*
 * For each kind of node: its name, what it holds that is not a node, and what it needs. Functions are
 * missing if the kernel has no record of what such a node needs.
 */
static const struct kind {
	void (*identify)(const struct node *node, char id[static GRAPH_ID_SIZE]);
	void (*describe)(struct graph *graph, const struct node *node, const char *id);
	void (*compare)(const struct node *node, size_t need, struct graph_edge *edge);
	enum graph_kind first, others; /* of the nodes that it needs */
} kinds[] = {
	[GRAPH_GENERATION] = { identify_generation, describe_generation, .first = GRAPH_ROOTLET,
			       .others = GRAPH_SLOT },
	[GRAPH_ROOTLET] = { identify_rootlet, describe_rootlet, .first = GRAPH_COMPONENT,
			    .others = GRAPH_COMPONENT },
	[GRAPH_SLOT] = { identify_slot, describe_slot, compare_slot, GRAPH_ROOTLET,
			 GRAPH_COMPONENT },
	[GRAPH_COMPONENT] = { identify_component, describe_component },
};
static_assert(array_size(kinds) == GRAPH_KIND_COUNT, "every kind of node has a row");

void graph_add_needs(struct graph *graph, enum graph_kind number, const struct node *node,
		     char id[static GRAPH_ID_SIZE])
{
	const struct kind *kind = &kinds[number];

	kind->identify(node, id);
	if (graph_has_node(graph, id))
		return;
	kind->describe(graph, node, id);
	for (size_t i = 0; i < node->n_needs; i++) {
		struct graph_edge edge = { "needs" };
		char needed[GRAPH_ID_SIZE];

		graph_add_needs(graph, i == 0 ? kind->first : kind->others, node->needs[i], needed);
		if (kind->compare)
			kind->compare(node, i, &edge);
		graph_add_edge(graph, id, needed, &edge);
	}
}
