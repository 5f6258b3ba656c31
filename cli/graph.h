// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* The reply of Graph, prepared for walks in both directions. Makes no system call. */

struct graph_node {
	const char *id, *kind, *name;
	/* The name in the chains that want it, if they agree; otherwise its own. */
	const char *called;
	/* The name of a device, for the device and its chain; otherwise "". */
	const char *device;
	const char *netns;	  /* its path, for the same nodes; "": the daemon's own */
	const char *about, *pins; /* may be "" */
	uint64_t kernel_id;	  /* 0: none */
};

/* The relation of a chain to a component that a client attached. */
#define GRAPH_WANTS "wants"

/* An edge: `from` keeps `to` alive. */
struct graph_edge {
	size_t from, to;
	const char *relation;
	const char *name;	/* the holder's name for the other node; "": its own name */
	const char *record;	/* "xdpd", "kernel" or "both" */
	const char *difference; /* "" if the records agree */
};

/* Its strings belong to the reply, which must outlive it. */
struct graph {
	size_t n_nodes;
	struct graph_node *nodes;
	size_t n_edges;
	struct graph_edge *edges;
	/* The edges from and to node N: positions begin[n] to begin[n + 1] of the list. */
	size_t *from_begin, *from_list;
	size_t *to_begin, *to_list;
	json_t *index; /* the positions of nodes, by their ids */
};

/* False: the reply is not a graph, or there is no memory; nothing must be freed then. */
bool graph_read(const json_t *parameters, struct graph *ret);
void graph_done(struct graph *graph);

/* A copy without the edges for which `cut` is true. False: out of memory. */
bool graph_cut(const struct graph *graph, const bool *cut, struct graph *ret);

/*
 * A copy without the edges that others imply: a fused rootlet uses what its components use. False: out of
 * memory.
 */
bool graph_cut_implied(const struct graph *graph, struct graph *ret);

/* Does nothing hold the node? */
bool graph_is_root(const struct graph *graph, size_t node);

/*
 * Walks depth first from a node to the nodes that it keeps (down) or that keep it (up); a node is visited
 * once per path to it. `enter` is called for the node itself, without an edge, and for each node that is
 * reached; if it returns true, the walk continues from there. `depth` counts edges.
 */
struct graph_step {
	const struct graph_edge *edge; /* NULL for the first node */
	size_t node;
	size_t depth;
	bool last; /* the last one of its siblings */
};

/* More edges than any real chain of holders has. */
#define GRAPH_DEPTH_MAX 64

enum graph_direction { GRAPH_DOWN, GRAPH_UP };

typedef bool (*graph_enter)(void *userdata, const struct graph_step *step);
void graph_walk(const struct graph *graph, size_t from, enum graph_direction direction,
		graph_enter enter, void *userdata);

/* Is it an object in xdpd's store? Such an object is known by its SHA-256. */
bool graph_is_stored(const struct graph_node *node);

/* The number of the device, if the node is a device or its chain; otherwise NULL. */
const char *graph_device_number(const struct graph_node *node);

/* Marks the node and all nodes that it keeps alive (or that keep it alive), directly or not. */
void graph_mark(const struct graph *graph, size_t node, enum graph_direction direction,
		bool *marks);

/* Finds the device of the chain; false: the node is not a chain. */
bool graph_find_device(const struct graph *graph, size_t chain, size_t *ret);

/* "fw 57": the node in as few words as identify it; the caller frees them. */
char *graph_short_label(const struct graph_node *node);

/*
 * "fw (component, program 57, fw.o)": all that is known of the node, under the holder's name for it if there
 * is an edge; the caller frees it.
 */
char *graph_label(const struct graph_node *node, const struct graph_edge *edge);
