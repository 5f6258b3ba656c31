#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

/* What Graph answers, made ready to be walked in both directions. Makes no system call. */

struct graph_node {
	const char *id, *kind, *name;
	const char *called;	  /* by the chains that want it, if they agree; else its name */
	const char *device;	  /* the name of a device, for it and its chain; else "" */
	const char *about, *pins; /* "" if there is nothing to say */
	uint64_t kernel_id;	  /* 0: none */
};

/* The relation of a chain to a component that somebody attached. */
#define GRAPH_WANTS "wants"

/* An arrow: `from` keeps `to` alive. */
struct graph_edge {
	size_t from, to;
	const char *relation;
	const char *name;	/* what the holder calls the other; "" as it is called itself */
	const char *record;	/* "xdpd", "kernel" or "both" */
	const char *difference; /* "" if the records agree */
};

/* Its strings are those of the reply, which must outlive it. */
struct graph {
	size_t n_nodes;
	struct graph_node *nodes;
	size_t n_edges;
	struct graph_edge *edges;
	/* The edges from, and to, node N: places n to n + 1 of *_begin say where they are in the list. */
	size_t *from_begin, *from_list;
	size_t *to_begin, *to_list;
	json_t *index; /* the places of nodes, by their ids */
};

/* False: what was answered is no graph, or there is no memory; nothing need be freed then. */
bool graph_read(const json_t *parameters, struct graph *ret);
void graph_done(struct graph *graph);

/* The same without those edges for which `cut` is true. False: no memory. */
bool graph_cut(const struct graph *graph, const bool *cut, struct graph *ret);

/*
 * The same without those edges that others imply: what a fused rootlet uses is used by what is fused into it.
 * False: no memory.
 */
bool graph_cut_implied(const struct graph *graph, struct graph *ret);

/* Nobody holds it: it is there by itself. */
bool graph_is_root(const struct graph *graph, size_t node);

/*
 * Depth first from a node, to what it keeps (down) or to what keeps it (up), each edge as often as
 * there are ways to it. `enter` is called for the node itself, without an edge, and for each that is
 * come to; it says whether to go on from there. `depth` counts edges.
 */
struct graph_step {
	const struct graph_edge *edge; /* NULL at the beginning */
	size_t node;
	size_t depth;
	bool last; /* of its siblings */
};

/* More edges in a row than any real chain of holders has. */
#define GRAPH_DEPTH_MAX 64

enum graph_direction { GRAPH_DOWN, GRAPH_UP };

typedef bool (*graph_enter)(void *userdata, const struct graph_step *step);
void graph_walk(const struct graph *graph, size_t from, enum graph_direction direction,
		graph_enter enter, void *userdata);

/* Is it an object that xdpd has stored, which is known by its SHA-256? */
bool graph_is_stored(const struct graph_node *node);

/* The number of the device that the node, which is a device or its chain, stands for; NULL: it is neither. */
const char *graph_device_number(const struct graph_node *node);

/* Marks the node and all that it keeps alive, or that keep it alive, directly or not. */
void graph_mark(const struct graph *graph, size_t node, enum graph_direction direction,
		bool *marks);

/* The device whose chain that is; false: it is no chain. */
bool graph_find_device(const struct graph *graph, size_t chain, size_t *ret);

/* "fw 57": the node in as few words as tell it from others; to be freed. */
char *graph_short_label(const struct graph_node *node);

/*
 * "fw (component, program 57, fw.o)": what there is to say of it, under the name that the holder has
 * for it if there is an edge; to be freed.
 */
char *graph_label(const struct graph_node *node, const struct graph_edge *edge);
