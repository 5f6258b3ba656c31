// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/graph-text.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How kinds are drawn; all others are boxes. */
static const struct {
	const char *kind;
	const char *attributes;
} shapes[] = {
	{ "device", "shape=house, style=filled, fillcolor=lightblue" },
	{ "chain", "shape=note" },
	{ "unconfirmed change", "shape=note, style=dashed" },
	{ "generation", "shape=box3d" },
	{ "component", "style=filled, fillcolor=lightyellow" },
	{ "function", "shape=cds" },
	{ "map", "shape=cylinder" },
	{ "object", "shape=folder" },
	{ "library", "shape=component" },
	{ "pin", "shape=invhouse" },
	{ "process", "shape=ellipse" },
};

static void print_quoted(FILE *file, const char *text)
{
	fputc('"', file);
	for (; *text; text++) {
		if (*text == '"' || *text == '\\')
			fputc('\\', file);
		fputc(*text, file);
	}
	fputc('"', file);
}

static const char *attributes_of(const char *kind)
{
	for (size_t i = 0; i < array_size(shapes); i++)
		if (!strcmp(shapes[i].kind, kind))
			return shapes[i].attributes;
	return "shape=box";
}

/* A picture in Graphviz' language while it is written. */
struct picture {
	const struct graph *graph;
	FILE *file;
	const char **owners; /* by node: number of its only device; or NULL */
	bool *drawn;	     /* by node: it is drawn in its cluster */
	bool *placed;	     /* by node: its position in the order of a chain is fixed */
};

static void print_node(const struct picture *picture, size_t node)
{
	const struct graph *graph = picture->graph;
	cleanup(freep) char *label = graph_label(&graph->nodes[node], NULL);
	FILE *file = picture->file;

	picture->drawn[node] = true;
	fputc('\t', file);
	print_quoted(file, graph->nodes[node].id);
	fputs(" [label=", file);
	print_quoted(file, label ?: "out of memory");
	fprintf(file, ", %s]\n", attributes_of(graph->nodes[node].kind));
}

/* Relations that the shapes at both ends show: with many components their labels would hide the rest. */
static bool is_obvious(const char *relation)
{
	static const char *const obvious[] = { "needs", "uses", "made of" };

	for (size_t i = 0; i < array_size(obvious); i++)
		if (!strcmp(obvious[i], relation))
			return true;
	return false;
}

/* `number` is the position in the chain, from 1; 0: the edge is not one of a chain. */
static void print_edge(const struct picture *picture, const struct graph_edge *edge, size_t number)
{
	const struct graph_node *nodes = picture->graph->nodes;
	cleanup(freep) char *label = NULL;
	FILE *file = picture->file;

	if (number && asprintf(&label, "%s %zu", edge->relation, number) < 0)
		abort(); /* a short-lived program */
	fputc('\t', file);
	print_quoted(file, nodes[edge->from].id);
	fputs(" -> ", file);
	print_quoted(file, nodes[edge->to].id);
	fputs(" [label=", file);
	print_quoted(file, *edge->difference		? edge->difference
			   : label			? label
			   : is_obvious(edge->relation) ? ""
							: edge->relation);
	if (*edge->difference)
		fputs(", color=red, fontcolor=red", file);
	else if (!strcmp(edge->record, "xdpd"))
		fputs(", style=dashed", file);
	fputs("]\n", file);
}

/*
 * Components, and what they keep alive, are drawn beside all devices, because other chains can use them
 * later.
 */
static void disown_components(struct picture *picture, bool *marks)
{
	const struct graph *graph = picture->graph;

	memset(marks, 0, graph->n_nodes * sizeof(*marks));
	for (size_t i = 0; i < graph->n_edges; i++)
		if (!strcmp(graph->edges[i].relation, GRAPH_WANTS))
			graph_mark(graph, graph->edges[i].to, GRAPH_DOWN, marks);
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (marks[i])
			picture->owners[i] = NULL;
}

/* A node that two devices share belongs to neither. */
static void find_owners(struct picture *picture, bool *marks, bool *shared)
{
	const struct graph *graph = picture->graph;

	for (size_t i = 0; i < graph->n_nodes; i++) {
		const char *number = graph_device_number(&graph->nodes[i]);

		if (!number)
			continue;
		memset(marks, 0, graph->n_nodes * sizeof(*marks));
		graph_mark(graph, i, GRAPH_DOWN, marks);
		for (size_t j = 0; j < graph->n_nodes; j++) {
			if (!marks[j] || shared[j])
				continue;
			shared[j] = picture->owners[j] && strcmp(picture->owners[j], number) != 0;
			picture->owners[j] = shared[j] ? NULL : number;
		}
	}
}

/*
 * Keeps the components of the chain in their order, from top to bottom, unless another chain already does.
 * Graphviz 2.43 does this only outside of clusters.
 */
static void print_order(const struct picture *picture, size_t chain)
{
	const struct graph *graph = picture->graph;
	const char *separator = "\t{ rank=same; edge [style=invis]; ";

	for (size_t i = graph->from_begin[chain]; i < graph->from_begin[chain + 1]; i++) {
		const struct graph_edge *edge = &graph->edges[graph->from_list[i]];

		if (strcmp(edge->relation, GRAPH_WANTS) != 0 || picture->placed[edge->to])
			continue;
		picture->placed[edge->to] = true;
		fputs(separator, picture->file);
		print_quoted(picture->file, graph->nodes[edge->to].id);
		separator = " -> ";
	}
	if (*separator == ' ')
		fputs(" }\n", picture->file);
}

static void print_edges(const struct picture *picture, size_t node)
{
	const struct graph *graph = picture->graph;
	size_t number = 0;

	for (size_t i = graph->from_begin[node]; i < graph->from_begin[node + 1]; i++) {
		const struct graph_edge *edge = &graph->edges[graph->from_list[i]];
		bool wanted = !strcmp(edge->relation, GRAPH_WANTS);

		print_edge(picture, edge, wanted ? ++number : 0);
	}
}

/* Draws the device with the nodes that belong to it alone. */
static void print_cluster(const struct picture *picture, size_t device)
{
	const struct graph *graph = picture->graph;
	const char *number = graph_device_number(&graph->nodes[device]);

	fputs("\tsubgraph ", picture->file);
	fprintf(picture->file, "\"cluster_%s\" {\n\tlabel=", number);
	print_quoted(picture->file, graph->nodes[device].device);
	fputs("\n\tstyle=rounded\n\tcolor=gray\n", picture->file);
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (!picture->drawn[i] && picture->owners[i] && !strcmp(picture->owners[i], number))
			print_node(picture, i);
	fputs("\t}\n", picture->file);
}

static void print_all(const struct picture *picture)
{
	const struct graph *graph = picture->graph;

	fputs("// Arrow: keeps in memory. Dashed: the kernel has no record of it. Red: the "
	      "kernel's record differs.\n"
	      "digraph xdpd {\n"
	      "\trankdir=LR\n"
	      "\tlabelloc=b\n"
	      "\tlabel=\"An arrow leads from a holder to what it keeps in memory. Dashed: the "
	      "kernel "
	      "has no record of it. Red: the kernel's record differs.\"\n"
	      "\tfontsize=10\n"
	      "\tnode [shape=box, fontsize=10, height=0.3]\n"
	      "\tedge [fontsize=8]\n",
	      picture->file);
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (!picture->drawn[i] && graph_device_number(&graph->nodes[i]))
			print_cluster(picture, i);
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (!picture->drawn[i])
			print_node(picture, i);
	for (size_t i = 0; i < graph->n_nodes; i++) {
		print_order(picture, i);
		print_edges(picture, i);
	}
	fputs("}\n", picture->file);
}

void graph_print_dot(const struct graph *graph, FILE *file)
{
	cleanup(freep) const char **owners = calloc(graph->n_nodes + 1, sizeof(*owners));
	cleanup(freep) bool *drawn = calloc(graph->n_nodes + 1, sizeof(*drawn));
	cleanup(freep) bool *placed = calloc(graph->n_nodes + 1, sizeof(*placed));
	cleanup(freep) bool *marks = calloc(graph->n_nodes + 1, sizeof(*marks));
	cleanup(freep) bool *shared = calloc(graph->n_nodes + 1, sizeof(*shared));
	cleanup(graph_done) struct graph short_graph = {};
	struct picture picture = { &short_graph, file, owners, drawn, placed };

	if (!owners || !drawn || !placed || !marks || !shared ||
	    !graph_cut_implied(graph, &short_graph))
		abort(); /* a short-lived program */
	find_owners(&picture, marks, shared);
	disown_components(&picture, marks);
	print_all(&picture);
}
