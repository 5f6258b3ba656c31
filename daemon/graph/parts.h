// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/node.h"
#include "daemon/kernel/component/spec.h"
#include "daemon/kernel/info/function-names.h"

#include <jansson.h>

struct chain;
struct device;
struct pins;

/* Shared by the files that build graphs. */

#define GRAPH_ID_SIZE 96 /* "object:" and 64 digits */

struct graph {
	json_t *nodes;
	json_t *edges;
	json_t *index; /* nodes by id */
	json_t *calls; /* of functions of policies that it has */
	struct function_names functions;
	uint32_t types;		     /* of the rootlet that was added last: its slots follow */
	const struct device *device; /* the device that is being added */
	bool failed;		     /* there was not enough memory for the whole graph */
};

/* Whose record says that one node keeps the other alive. */
enum graph_record {
	GRAPH_RECORD_XDPD,   /* only xdpd's: the kernel has or shows no such record */
	GRAPH_RECORD_KERNEL, /* only the kernel's: xdpd does not know of it */
	GRAPH_RECORD_BOTH,
	GRAPH_RECORD_COUNT
};

struct graph_edge {
	const char *relation;
	const char *name; /* the holder's name for the other node; or NULL */
	enum graph_record record;
	char difference[128]; /* a sentence about how the two records differ; or "" */
};

/* Formats the id of a node. */
void graph_name_id(char id[static GRAPH_ID_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Does the graph have a node with that id? */
bool graph_has_node(const struct graph *graph, const char *id);

/*
 * Adds a node unless the graph has it already through another holder. `about` is one more clause, or NULL;
 * an id of 0: the kernel has none; `pins` are the node's pins, or NULL.
 */
void graph_add_node(struct graph *graph, const char *id, const char *kind, const char *name,
		    uint32_t kernel_id, const char *about, const struct pins *pins);

/* Adds an edge: the node `from` keeps the node `to` alive. Copies the edge. */
void graph_add_edge(struct graph *graph, const char *from, const char *to,
		    const struct graph_edge *edge);

/*
 * Compares the edge with the kernel's record, in which `who` does the same to the program `told`; 0: the
 * kernel does not report it.
 */
void graph_compare(struct graph_edge *edge, const char *who, const char *does, uint32_t told,
		   uint32_t believed);

/* The kind of a dependency node, from which the kinds of the nodes that it needs follow. */
enum graph_kind {
	GRAPH_GENERATION, /* needs a rootlet, then links into it */
	GRAPH_ROOTLET,	  /* needs components */
	GRAPH_SLOT,	  /* a link: needs a rootlet and a component */
	GRAPH_COMPONENT,  /* needs nothing */
	GRAPH_KIND_COUNT
};

/*
 * Adds the node, unless the graph has it already, and all nodes that it needs; sets `id` to its id.
 */
void graph_add_needs(struct graph *graph, enum graph_kind kind, const struct node *node,
		     char id[static GRAPH_ID_SIZE]);

/*
 * Adds the functions that the chain's policy offers, and the calls of the components in its slots. All of them
 * are nodes of the graph already.
 */
void graph_add_calls(struct graph *graph, const struct chain *chain);

/* Adds the stored objects from which something was loaded, or would be. */
void graph_add_spec(struct graph *graph, const char *holder, const char *name,
		    const struct component_spec *spec, const char *relation);
