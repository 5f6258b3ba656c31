// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The roots of the graph: devices, with what runs on them, and their wanted chains. */
#include "base/json.h"
#include "daemon/graph/graph.h"
#include "daemon/graph/parts.h"
#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add_generation(struct graph *graph, const char *holder,
			   const struct generation *generation, struct graph_edge *edge)
{
	char id[GRAPH_ID_SIZE];

	graph_add_needs(graph, GRAPH_GENERATION, &generation->node, id);
	graph_add_edge(graph, holder, id, edge);
}

/* Adds the device's XDP link, if it has one; `holder` then becomes the link. */
static void add_link(struct graph *graph, const struct device *device, unsigned int ifindex,
		     char holder[static GRAPH_ID_SIZE])
{
	struct graph_edge edge = { "is attached by", .record = GRAPH_RECORD_BOTH };
	const struct attachment *attachment = device->attachment;
	char id[GRAPH_ID_SIZE];

	if (attachment->fd < 0)
		return;
	graph_name_id(id, "link:%u", attachment->id);
	graph_add_node(graph, id, "attachment", "XDP link", attachment->id, NULL, attachment->pins);
	if (ifindex != device->ifindex) {
		edge.record = GRAPH_RECORD_XDPD;
		snprintf(edge.difference, sizeof(edge.difference),
			 "according to the kernel, link %u is on device %u, not %u", attachment->id,
			 ifindex, device->ifindex);
	}
	graph_add_edge(graph, holder, id, &edge);
	strcpy(holder, id);
}

static void add_running(struct graph *graph, const struct device *device, const char *id)
{
	struct graph_edge runs = { "runs" };
	struct graph_edge retires = { "retires" };
	unsigned int ifindex = 0;
	uint32_t program_id = 0;
	char holder[GRAPH_ID_SIZE];

	strcpy(holder, id);
	if (device->live && device->attachment &&
	    attachment_look(device->attachment, &ifindex, &program_id, NULL) == 0) {
		add_link(graph, device, ifindex, holder);
		graph_compare(&runs, device->ifname, "runs", program_id,
			      device_running(device)->rootlet->id);
	}
	if (device->live)
		add_generation(graph, holder, device->live, &runs);
	if (device->retiring)
		add_generation(graph, id, device->retiring, &retires);
}

/* A wanted component stays loaded, whether or not the chain runs. */
static void add_entry(struct graph *graph, const char *chain, const char *relation,
		      const struct entry *entry)
{
	const struct graph_edge edge = { relation, entry->name };
	char id[GRAPH_ID_SIZE];

	if (entry->component) {
		graph_add_needs(graph, GRAPH_COMPONENT, &entry->component->node, id);
		graph_add_edge(graph, chain, id, &edge);
	} else {
		graph_add_spec(graph, chain, entry->name, &entry->spec, relation);
	}
}

/* Adds a node that nothing holds; all such nodes of a device have its number. */
static void add_root(struct graph *graph, const char *kind, const char *name, uint32_t ifindex,
		     char id[static GRAPH_ID_SIZE])
{
	const struct device *device = graph->device;
	json_t *node;

	graph_name_id(id, "%s:%" PRIu64, kind, device->number);
	graph_add_node(graph, id, kind, name, ifindex, device->netns_path, NULL);
	node = json_object_get(graph->index, id);
	if (json_object_set_new(node, "device", text_encode(device->ifname)) < 0 ||
	    (device->netns_path &&
	     json_object_set_new(node, "netns", text_encode(device->netns_path)) < 0))
		graph->failed = true;
}

static void add_chain(struct graph *graph, const char *kind, const char *relation,
		      const struct chain *chain)
{
	char id[GRAPH_ID_SIZE], name[64];

	snprintf(name, sizeof(name), "%s of %s", kind, graph->device->ifname);
	add_root(graph, kind, name, 0, id);
	for (size_t i = 0; i < chain->n_entries; i++)
		add_entry(graph, id, relation, &chain->entries[i]);
	if (chain->policy)
		add_entry(graph, id, "has policy", chain->policy);
	graph_add_calls(graph, chain);
}

static void add_rollback(struct graph *graph, const struct rollback *rollback)
{
	const char *kind = "unconfirmed change";
	const struct generation *before = rollback_generation(rollback);
	struct graph_edge edge = { "rolls back to" };
	char id[GRAPH_ID_SIZE];

	add_chain(graph, kind, edge.relation, &rollback->chain);
	graph_name_id(id, "%s:%" PRIu64, kind, graph->device->number);
	if (before)
		add_generation(graph, id, before, &edge);
}

void graph_add_device(struct graph *graph, const struct device *device)
{
	char id[GRAPH_ID_SIZE];

	graph->device = device;
	add_root(graph, "device", device->ifname, device->ifindex, id);
	add_running(graph, device, id);
	add_chain(graph, "chain", "wants", &device->chain);
	if (device->rollback)
		add_rollback(graph, device->rollback);
}
