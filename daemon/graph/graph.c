// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/graph/graph.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/graph/parts.h"

#include <assert.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

static const char *const record_names[] = { "xdpd", "kernel", "both" };
static_assert(array_size(record_names) == GRAPH_RECORD_COUNT, "every record has a name");

void graph_name_id(char id[static GRAPH_ID_SIZE], const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(id, GRAPH_ID_SIZE, format, arguments);
	va_end(arguments);
}

bool graph_has_node(const struct graph *graph, const char *id)
{
	return json_object_get(graph->index, id);
}

void graph_add_node(struct graph *graph, const char *id, const char *kind, const char *name,
		    uint32_t kernel_id, const char *about, const struct pins *pins)
{
	json_t *node;

	if (graph_has_node(graph, id))
		return;
	node = json_pack("{s:s, s:s, s:o, s:o*, s:o*, s:s*}", "id", id, "kind", kind, "name",
			 text_encode(name), "kernel_id", kernel_id ? json_integer(kernel_id) : NULL,
			 "about", about ? text_encode(about) : NULL, "pins",
			 pins ? pins_directory(pins) : NULL);
	if (json_object_set(graph->index, id, node) < 0 ||
	    json_array_append_new(graph->nodes, node) < 0)
		graph->failed = true;
}

void graph_add_edge(struct graph *graph, const char *from, const char *to,
		    const struct graph_edge *edge)
{
	if (json_array_append_new(graph->edges,
				  json_pack("{s:s, s:s, s:s, s:o*, s:s, s:s*}", "from", from, "to",
					    to, "relation", edge->relation, "name",
					    edge->name ? text_encode(edge->name) : NULL, "record",
					    record_names[edge->record], "difference",
					    *edge->difference ? edge->difference : NULL)) < 0)
		graph->failed = true;
}

void graph_compare(struct graph_edge *edge, const char *who, const char *does, uint32_t told,
		   uint32_t believed)
{
	edge->record = told == believed ? GRAPH_RECORD_BOTH : GRAPH_RECORD_XDPD;
	if (told && told != believed)
		snprintf(edge->difference, sizeof(edge->difference),
			 "according to the kernel, %s %s program %u, not %u", who, does, told,
			 believed);
}

int graph_new(struct graph **ret, struct error *error)
{
	cleanup(graph_drop) struct graph *graph = calloc(1, sizeof(*graph));

	if (graph) {
		graph->nodes = json_array();
		graph->edges = json_array();
		graph->index = json_object();
		graph->calls = json_object();
	}
	if (!graph || !graph->nodes || !graph->edges || !graph->index || !graph->calls)
		return error_memory(error);
	*ret = steal(graph);
	return 0;
}

void graph_drop(struct graph **p)
{
	struct graph *graph = steal(*p);

	if (!graph)
		return;
	json_decref(graph->nodes);
	json_decref(graph->edges);
	json_decref(graph->index);
	json_decref(graph->calls);
	function_names_done(&graph->functions);
	free(graph);
}

int graph_encode(const struct graph *graph, json_t **ret, struct error *error)
{
	*ret = graph->failed
		       ? NULL
		       : json_pack("{s:O, s:O}", "nodes", graph->nodes, "edges", graph->edges);
	return *ret ? 0 : error_memory(error);
}
