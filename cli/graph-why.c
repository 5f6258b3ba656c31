// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/graph-why.h"

#include "base/cleanup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* A shorter beginning of a digest could be any word. */
#define DIGEST_LEAST 4

static const char *after_colon(const char *id)
{
	const char *colon = strchr(id, ':');

	return colon ? colon + 1 : "";
}

static bool is_kind(const struct graph *graph, size_t node, const char *kind)
{
	return !strcmp(graph->nodes[node].kind, kind);
}

/* Is the root the device of that number, or its chain? */
static bool belongs_to(const struct graph *graph, size_t root, const char *device)
{
	const char *number = graph_device_number(&graph->nodes[root]);

	return number && (!device || !strcmp(number, device));
}

static bool is_digest(const struct graph_node *node, const char *name)
{
	const char *digits = !strncmp(name, "sha256:", 7) ? name + 7 : name;
	size_t length = strlen(digits);

	return length >= DIGEST_LEAST && !strncmp(after_colon(node->id), digits, length);
}

static bool takes(char *label, const char *name)
{
	bool same = label && !strcmp(label, name);

	free(label);
	return same;
}

/* "57", "map 57" or "map:57"; a number alone is not a device, which has a name. */
static bool is_number(const struct graph_node *node, const char *name)
{
	size_t kind = strlen(node->kind), noun = strcspn(node->id, ":");
	char number[24];

	snprintf(number, sizeof(number), "%" PRIu64, node->kernel_id);
	if (!node->kernel_id)
		return false;
	if (!strncmp(name, node->kind, kind) && (name[kind] == ' ' || name[kind] == ':'))
		return !strcmp(name + kind + 1, number);
	if (!strncmp(name, node->id, noun) && name[noun] == ' ')
		return !strcmp(name + noun + 1, number);
	return strcmp(node->kind, "device") != 0 && !strcmp(name, number);
}

/* Is it the name that a holder has for the node, alone or in what is printed of the node? */
static bool is_held_as(const struct graph *graph, size_t number, const char *name)
{
	for (size_t i = graph->to_begin[number]; i < graph->to_begin[number + 1]; i++) {
		const struct graph_edge *edge = &graph->edges[graph->to_list[i]];

		if (!strcmp(edge->name, name) ||
		    takes(graph_label(&graph->nodes[number], edge), name))
			return true;
	}
	return false;
}

/* A node can be named by anything that xdpctl prints of it. */
static bool is_called(const struct graph *graph, size_t number, const char *name)
{
	const struct graph_node *node = &graph->nodes[number];

	if (!*name)
		return false;
	if (!strcmp(node->id, name) || !strcmp(node->name, name) || !strcmp(node->called, name))
		return true;
	if (is_number(node, name) || (graph_is_stored(node) && is_digest(node, name)))
		return true;
	return takes(graph_short_label(node), name) || takes(graph_label(node, NULL), name) ||
	       is_held_as(graph, number, name);
}

static void clear_unreached(const struct graph *graph, const char *device, bool *marks)
{
	cleanup(freep) bool *reached = calloc(graph->n_nodes + 1, sizeof(*reached));

	for (size_t i = 0; reached && i < graph->n_nodes; i++)
		if (belongs_to(graph, i, device))
			graph_mark(graph, i, GRAPH_DOWN, reached);
	for (size_t i = 0; i < graph->n_nodes; i++)
		marks[i] = marks[i] && reached && reached[i];
}

bool graph_why_find(const struct graph *graph, const char *name, const char *device, bool *marks)
{
	for (size_t i = 0; i < graph->n_nodes; i++)
		marks[i] = is_called(graph, i, name);
	if (device)
		clear_unreached(graph, device, marks);
	return memchr(marks, true, graph->n_nodes);
}

struct chains {
	const struct graph *graph;
	size_t limit;
	size_t n_found;
	graph_why_chain found;
	void *userdata;
	const struct graph_edge *path[GRAPH_DEPTH_MAX]; /* from the node upwards */
};

static bool follow(void *userdata, const struct graph_step *step)
{
	struct chains *chains = userdata;
	const struct graph_edge *from_root[GRAPH_DEPTH_MAX];

	if (step->edge)
		chains->path[step->depth - 1] = step->edge;
	if (!graph_is_root(chains->graph, step->node))
		return true;
	if (step->depth == 0)
		return false; /* nothing keeps it */
	if (chains->n_found++ >= chains->limit)
		return false;
	for (size_t i = 0; i < step->depth; i++)
		from_root[i] = chains->path[step->depth - 1 - i];
	chains->found(chains->userdata, step->depth, from_root);
	return false;
}

size_t graph_why_chains(const struct graph *graph, size_t node, size_t limit, graph_why_chain found,
			void *userdata)
{
	struct chains chains = { graph, limit, 0, found, userdata };

	graph_walk(graph, node, GRAPH_UP, follow, &chains);
	return chains.n_found;
}

/* Is the edge a component's place in a chain, so that detaching the component removes it? */
static bool is_detachable(const struct graph *graph, size_t node, const bool *holders,
			  const struct graph_edge *edge)
{
	const char *device = graph_device_number(&graph->nodes[node]);

	if (strcmp(edge->relation, GRAPH_WANTS) != 0)
		return false;
	/* If the node is a device or its chain, all components in the chain count. */
	return device ? belongs_to(graph, edge->from, device) : holders[edge->to];
}

/* Marks the edges of wanted components without which the node would not be in memory. */
static bool mark_wanted(const struct graph *graph, size_t node, const char *device, bool *detached)
{
	cleanup(freep) bool *holders = calloc(graph->n_nodes + 1, sizeof(*holders));
	bool found = false;

	if (!holders)
		return false;
	graph_mark(graph, node, GRAPH_UP, holders);
	for (size_t i = 0; i < graph->n_edges; i++) {
		const struct graph_edge *edge = &graph->edges[i];

		detached[i] = is_detachable(graph, node, holders, edge) &&
			      belongs_to(graph, edge->from, device);
		found |= detached[i];
	}
	return found;
}

struct cutting {
	const struct graph *graph;
	bool *cut;
};

static bool cut_generation(void *userdata, const struct graph_step *step)
{
	const struct cutting *cutting = userdata;

	if (!is_kind(cutting->graph, step->node, "generation"))
		return true;
	cutting->cut[step->edge - cutting->graph->edges] = true;
	return false;
}

/* Cuts the edges of detached components, and those to the running generation, which is replaced. */
static void cut_edges(const struct graph *graph, const bool *detached, bool *cut)
{
	struct cutting cutting = { graph, cut };

	memcpy(cut, detached, graph->n_edges);
	for (size_t i = 0; i < graph->n_edges; i++) {
		size_t device;

		if (detached[i] && graph_find_device(graph, graph->edges[i].from, &device))
			graph_walk(graph, device, GRAPH_DOWN, cut_generation, &cutting);
	}
}

static bool mark_kept(const struct graph *graph, const bool *cut, bool *kept)
{
	cleanup(graph_done) struct graph left = {};

	if (!graph_cut(graph, cut, &left))
		return false;
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (graph_is_root(graph, i))
			graph_mark(&left, i, GRAPH_DOWN, kept);
	return true;
}

bool graph_why_detach(const struct graph *graph, size_t node, const char *device, bool *detached,
		      enum fate *fates)
{
	cleanup(freep) bool *cut = calloc(graph->n_edges + 1, sizeof(*cut));
	cleanup(freep) bool *kept = calloc(graph->n_nodes + 1, sizeof(*kept));
	cleanup(freep) bool *wanted = calloc(graph->n_nodes + 1, sizeof(*wanted));

	if (!cut || !kept || !wanted || !mark_wanted(graph, node, device, detached))
		return false;
	cut_edges(graph, detached, cut);
	if (!mark_kept(graph, cut, kept))
		return false;
	for (size_t i = 0; i < graph->n_edges; i++)
		if (detached[i])
			graph_mark(graph, graph->edges[i].to, GRAPH_DOWN, wanted);
	for (size_t i = 0; i < graph->n_nodes; i++)
		fates[i] = kept[i] ? FATE_STAYS : wanted[i] ? FATE_GOES : FATE_REBUILT;
	return true;
}
