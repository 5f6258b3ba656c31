#include "base/cleanup.h"
#include "cli/graph-text.h"

#include <string.h>

/* How kinds are drawn; what is not here is a box. */
static const struct {
	const char *kind;
	const char *attributes;
} shapes[] = {
	{ "device", "shape=house, style=filled, fillcolor=lightblue" },
	{ "chain", "shape=note" },
	{ "unconfirmed change", "shape=note, style=dashed" },
	{ "generation", "shape=box3d" },
	{ "component", "style=filled, fillcolor=lightyellow" },
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

static void print_node(const struct graph *graph, size_t node, FILE *file)
{
	cleanup(freep) char *label = graph_label(&graph->nodes[node], NULL);

	fputc('\t', file);
	print_quoted(file, graph->nodes[node].id);
	fputs(" [label=", file);
	print_quoted(file, label ?: "out of memory");
	fprintf(file, ", %s]\n", attributes_of(graph->nodes[node].kind));
}

static void print_edge(const struct graph *graph, const struct graph_edge *edge, FILE *file)
{
	fputc('\t', file);
	print_quoted(file, graph->nodes[edge->from].id);
	fputs(" -> ", file);
	print_quoted(file, graph->nodes[edge->to].id);
	fputs(" [label=", file);
	print_quoted(file, *edge->difference ? edge->difference : edge->relation);
	if (*edge->difference)
		fputs(", color=red, fontcolor=red", file);
	else if (!strcmp(edge->record, "xdpd"))
		fputs(", style=dashed", file);
	fputs("]\n", file);
}

void graph_print_dot(const struct graph *graph, FILE *file)
{
	fputs("// Arrow: keeps in memory. Dashed: the kernel has no record of it. Red: the "
	      "kernel's record differs.\n"
	      "digraph xdpd {\n"
	      "\trankdir=LR\n"
	      "\tnode [shape=box, fontsize=10]\n"
	      "\tedge [fontsize=8]\n",
	      file);
	for (size_t i = 0; i < graph->n_nodes; i++)
		print_node(graph, i, file);
	for (size_t i = 0; i < graph->n_edges; i++)
		print_edge(graph, &graph->edges[i], file);
	fputs("}\n", file);
}
