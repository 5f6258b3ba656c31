// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/graph-text.h"

#include "base/cleanup.h"

#include <string.h>

#define DEPTH_SHOWN 32

struct tree {
	const struct graph *graph;
	FILE *file;
	bool *shown;		    /* by node */
	bool last[DEPTH_SHOWN + 1]; /* by depth: it is the last one of its siblings */
};

static bool has_more(const struct graph *graph, size_t node)
{
	return graph->from_begin[node] < graph->from_begin[node + 1];
}

static void print_branches(const struct tree *tree, size_t depth)
{
	for (size_t i = 1; i < depth; i++)
		fputs(tree->last[i] ? "   " : "│  ", tree->file);
	fputs(tree->last[depth] ? "└─ " : "├─ ", tree->file);
}

static bool print_step(void *userdata, const struct graph_step *step)
{
	struct tree *tree = userdata;
	cleanup(freep) char *label = graph_label(&tree->graph->nodes[step->node], step->edge);
	bool again = tree->shown[step->node];

	tree->shown[step->node] = true;
	if (step->edge) {
		tree->last[step->depth] = step->last;
		print_branches(tree, step->depth);
		fprintf(tree->file, "%s ", step->edge->relation);
	}
	fprintf(tree->file, "%s%s", label ?: "out of memory",
		again && has_more(tree->graph, step->node) ? ", see above" : "");
	if (step->edge && *step->edge->difference)
		fprintf(tree->file, "  <-- %s", step->edge->difference);
	fputc('\n', tree->file);
	return !again && step->depth < DEPTH_SHOWN;
}

/* Prints whether the kernel's records agree. */
static void print_records(const struct graph *graph, FILE *file)
{
	size_t n_confirmed = 0, n_different = 0;

	for (size_t i = 0; i < graph->n_edges; i++) {
		n_confirmed += !strcmp(graph->edges[i].record, "both");
		n_different += *graph->edges[i].difference != '\0';
	}
	fprintf(file,
		"\nBelow each node is what it keeps in memory. The kernel's records confirm %zu of "
		"these %zu relations and ",
		n_confirmed, graph->n_edges);
	if (n_different)
		fprintf(file,
			"contradict %zu (<--). A change in progress can cause that; otherwise run "
			"'xdpctl verify'.\n",
			n_different);
	else
		fputs("contradict none.\n", file);
}

void graph_print_text(const struct graph *graph, FILE *file)
{
	cleanup(freep) bool *shown = calloc(graph->n_nodes + 1, sizeof(*shown));
	cleanup(graph_done) struct graph short_graph = {};
	struct tree tree = { &short_graph, file, shown };

	if (!shown || !graph_cut_implied(graph, &short_graph))
		abort(); /* a short-lived program */
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (graph_is_root(graph, i))
			graph_walk(&short_graph, i, GRAPH_DOWN, print_step, &tree);
	if (graph->n_nodes)
		print_records(graph, file);
	else
		fputs("no managed devices; 'xdpctl attach' adds one\n", file);
}
