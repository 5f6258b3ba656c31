// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/graph.h"

#include "base/cleanup.h"
#include "base/printable.h"
#include "cli/show.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

/* Enough digits of a SHA-256 to identify an object. */
#define DIGEST_SHOWN 12

/* The end of an edge from which it is followed. */
static size_t holder(const struct graph_edge *edge, enum graph_direction direction)
{
	return direction == GRAPH_DOWN ? edge->from : edge->to;
}

static void read_nodes(const json_t *list, struct graph *graph)
{
	json_t *node;
	size_t i;

	json_array_foreach(list, i, node)
	{
		graph->nodes[i] = (struct graph_node){
			.id = reply_text(node, "id"),
			.kind = reply_text(node, "kind"),
			.name = reply_text(node, "name"),
			.called = reply_text(node, "name"),
			.device = reply_text(node, "device"),
			.netns = reply_text(node, "netns"),
			.about = reply_text(node, "about"),
			.pins = reply_text(node, "pins"),
			.kernel_id = reply_number(node, "kernel_id"),
		};
		json_object_set_new(graph->index, graph->nodes[i].id, json_integer(i));
	}
	graph->n_nodes = json_array_size(list);
}

static bool read_edges(const json_t *list, struct graph *graph)
{
	json_t *edge;
	size_t i;

	json_array_foreach(list, i, edge)
	{
		const json_t *from = json_object_get(graph->index, reply_text(edge, "from"));
		const json_t *to = json_object_get(graph->index, reply_text(edge, "to"));

		if (!from || !to)
			return false;
		graph->edges[i] = (struct graph_edge){
			.from = json_integer_value(from),
			.to = json_integer_value(to),
			.relation = reply_text(edge, "relation"),
			.name = reply_text(edge, "name"),
			.record = reply_text(edge, "record"),
			.difference = reply_text(edge, "difference"),
		};
	}
	graph->n_edges = json_array_size(list);
	return true;
}

/*
 * Sorts the edges by one of their ends with a counting sort, which keeps the order of equal ones. Meanwhile
 * `begin` is shifted by one: it says where the next edge goes.
 */
static void sort_edges(const struct graph *graph, enum graph_direction direction, size_t *begin,
		       size_t *list)
{
	for (size_t i = 0; i < graph->n_edges; i++)
		begin[holder(&graph->edges[i], direction) + 2]++;
	for (size_t i = 0; i <= graph->n_nodes; i++)
		begin[i + 1] += begin[i];
	for (size_t i = 0; i < graph->n_edges; i++)
		list[begin[holder(&graph->edges[i], direction) + 1]++] = i;
}

static bool allocate(struct graph *graph, size_t n_nodes, size_t n_edges)
{
	graph->nodes = calloc(n_nodes + 1, sizeof(*graph->nodes));
	graph->edges = calloc(n_edges + 1, sizeof(*graph->edges));
	graph->from_begin = calloc(n_nodes + 2, sizeof(size_t));
	graph->to_begin = calloc(n_nodes + 2, sizeof(size_t));
	graph->from_list = calloc(n_edges + 1, sizeof(size_t));
	graph->to_list = calloc(n_edges + 1, sizeof(size_t));
	return graph->nodes && graph->edges && graph->from_begin && graph->to_begin &&
	       graph->from_list && graph->to_list;
}

/* Users know a component by the name that they gave it when they attached it. */
static void call_nodes(struct graph *graph)
{
	for (size_t i = 0; i < graph->n_edges; i++) {
		const struct graph_edge *edge = &graph->edges[i];
		struct graph_node *node = &graph->nodes[edge->to];

		if (strcmp(edge->relation, GRAPH_WANTS) != 0)
			continue;
		if (node->called == node->name)
			node->called = edge->name;
		else if (strcmp(node->called, edge->name) != 0)
			node->called = "";
	}
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (!*graph->nodes[i].called)
			graph->nodes[i].called = graph->nodes[i].name;
}

static void sort_all(struct graph *graph)
{
	sort_edges(graph, GRAPH_DOWN, graph->from_begin, graph->from_list);
	sort_edges(graph, GRAPH_UP, graph->to_begin, graph->to_list);
}

bool graph_read(const json_t *parameters, struct graph *ret)
{
	const json_t *nodes = json_object_get(parameters, "nodes");
	const json_t *edges = json_object_get(parameters, "edges");
	cleanup(graph_done) struct graph graph = { .index = json_object() };

	if (!graph.index || !allocate(&graph, json_array_size(nodes), json_array_size(edges)))
		return false;
	read_nodes(nodes, &graph);
	if (!read_edges(edges, &graph))
		return false;
	call_nodes(&graph);
	sort_all(&graph);
	*ret = graph;
	graph = (struct graph){};
	return true;
}

bool graph_cut(const struct graph *graph, const bool *cut, struct graph *ret)
{
	cleanup(graph_done) struct graph left = {};

	if (!allocate(&left, graph->n_nodes, graph->n_edges))
		return false;
	memcpy(left.nodes, graph->nodes, graph->n_nodes * sizeof(*graph->nodes));
	left.n_nodes = graph->n_nodes;
	left.index = json_incref(graph->index);
	for (size_t i = 0; i < graph->n_edges; i++)
		if (!cut[i])
			left.edges[left.n_edges++] = graph->edges[i];
	sort_all(&left);
	*ret = left;
	left = (struct graph){};
	return true;
}

/*
 * A fused rootlet uses what its components use, and that is shown once, at the component: marks the edges of
 * the node to what a node that it keeps has in the same relation.
 */
static void mark_implied(const struct graph *graph, size_t node, size_t *direct, bool *implied)
{
	const size_t *list = graph->from_list;
	size_t begin = graph->from_begin[node], end = graph->from_begin[node + 1];

	for (size_t i = begin; i < end; i++)
		direct[graph->edges[list[i]].to] = list[i] + 1;
	for (size_t i = begin; i < end; i++) {
		size_t kept = graph->edges[list[i]].to;

		for (size_t j = graph->from_begin[kept]; j < graph->from_begin[kept + 1]; j++) {
			const struct graph_edge *edge = &graph->edges[list[j]];
			size_t same = direct[edge->to];

			if (same && !strcmp(graph->edges[same - 1].relation, edge->relation))
				implied[same - 1] = true;
		}
	}
	for (size_t i = begin; i < end; i++)
		direct[graph->edges[list[i]].to] = 0;
}

bool graph_cut_implied(const struct graph *graph, struct graph *ret)
{
	cleanup(freep) size_t *direct = calloc(graph->n_nodes + 1, sizeof(*direct));
	cleanup(freep) bool *implied = calloc(graph->n_edges + 1, sizeof(*implied));

	if (!direct || !implied)
		return false;
	for (size_t i = 0; i < graph->n_nodes; i++)
		mark_implied(graph, i, direct, implied);
	return graph_cut(graph, implied, ret);
}

void graph_done(struct graph *graph)
{
	free(graph->nodes);
	free(graph->edges);
	free(graph->from_begin);
	free(graph->from_list);
	free(graph->to_begin);
	free(graph->to_list);
	json_decref(graph->index);
	*graph = (struct graph){};
}

bool graph_is_root(const struct graph *graph, size_t node)
{
	return graph->to_begin[node] == graph->to_begin[node + 1];
}

struct walk {
	const struct graph *graph;
	enum graph_direction direction;
	graph_enter enter;
	void *userdata;
};

static void walk_on(const struct walk *walk, const struct graph_step *step)
{
	const struct graph *graph = walk->graph;
	bool down = walk->direction == GRAPH_DOWN;
	const size_t *begin = down ? graph->from_begin : graph->to_begin;
	const size_t *list = down ? graph->from_list : graph->to_list;
	size_t end = begin[step->node + 1];

	if (!walk->enter(walk->userdata, step) || step->depth == GRAPH_DEPTH_MAX)
		return;
	for (size_t i = begin[step->node]; i < end; i++) {
		const struct graph_edge *edge = &graph->edges[list[i]];
		const struct graph_step next = { edge, down ? edge->to : edge->from,
						 step->depth + 1, i + 1 == end };

		walk_on(walk, &next);
	}
}

void graph_walk(const struct graph *graph, size_t from, enum graph_direction direction,
		graph_enter enter, void *userdata)
{
	const struct walk walk = { graph, direction, enter, userdata };
	const struct graph_step first = { NULL, from, 0, true };

	walk_on(&walk, &first);
}

static bool mark(void *userdata, const struct graph_step *step)
{
	bool *marks = userdata;
	bool again = marks[step->node];

	marks[step->node] = true;
	return !again;
}

void graph_mark(const struct graph *graph, size_t node, enum graph_direction direction, bool *marks)
{
	graph_walk(graph, node, direction, mark, marks);
}

const char *graph_device_number(const struct graph_node *node)
{
	const char *colon = strchr(node->id, ':');

	return *node->device && colon ? colon + 1 : NULL;
}

bool graph_find_device(const struct graph *graph, size_t chain, size_t *ret)
{
	const char *number = strchr(graph->nodes[chain].id, ':');
	cleanup(freep) char *id = NULL;
	const json_t *place;

	if (!number || asprintf(&id, "device%s", number) < 0)
		return false;
	place = json_object_get(graph->index, id);
	*ret = json_integer_value(place);
	return place && *graph->nodes[chain].device;
}

/* The length of "program" in the id "program:57". */
static int length_of_noun(const struct graph_node *node)
{
	return strcspn(node->id, ":");
}

bool graph_is_stored(const struct graph_node *node)
{
	return !strncmp(node->id, "object:", strlen("object:"));
}

static bool is_device(const struct graph_node *node)
{
	return !strcmp(node->kind, "device"); /* users know devices by name */
}

/* Takes over the text; NULL: out of memory. */
static char *make_printable(char *text)
{
	char *made = text ? printable(text) : NULL;

	free(text);
	return made;
}

char *graph_short_label(const struct graph_node *node)
{
	char *label;
	int length;

	if (graph_is_stored(node))
		length = asprintf(&label, "%s %.*s", node->called, DIGEST_SHOWN,
				  node->id + length_of_noun(node) + 1);
	else if (node->kernel_id && !is_device(node))
		length = asprintf(&label, "%s %" PRIu64, node->called, node->kernel_id);
	else
		length = asprintf(&label, "%s", node->called);
	return length < 0 ? NULL : make_printable(label);
}

/* Prints the facts, separated by commas, in brackets. */
static void print_facts(FILE *text, const struct graph_node *node)
{
	int length = length_of_noun(node);
	bool has_own_number = !strncmp(node->id, node->kind, length);
	const char *separator = " (";

	if (!has_own_number || graph_is_stored(node) ||
	    (!node->kernel_id && !is_device(node) && !strstr(node->name, node->kind))) {
		fprintf(text, "%s%s", separator, node->kind);
		separator = ", ";
	}
	if (graph_is_stored(node)) {
		fprintf(text, " %.*s", DIGEST_SHOWN, node->id + length + 1);
	} else if (node->kernel_id && !is_device(node)) {
		fprintf(text, "%s%.*s %" PRIu64, separator, length, node->id, node->kernel_id);
		separator = ", ";
	}
	if (*node->about) {
		fprintf(text, "%s%s", separator, node->about);
		separator = ", ";
	}
	if (*separator == ',')
		fputc(')', text);
}

char *graph_label(const struct graph_node *node, const struct graph_edge *edge)
{
	char *label = NULL;
	size_t size;
	FILE *text = open_memstream(&label, &size);

	if (!text)
		return NULL;
	fputs(edge && *edge->name ? edge->name : node->called, text);
	print_facts(text, node);
	if (fclose(text) == 0)
		return make_printable(label);
	free(label);
	return NULL;
}
