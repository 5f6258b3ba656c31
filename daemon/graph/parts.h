#pragma once

#include "base/node.h"
#include "daemon/kernel/component/spec.h"
#include "daemon/kernel/info/function-names.h"

#include <jansson.h>

struct device;
struct pins;

/* What graphs are put together from, for the files that know what holds what. */

#define GRAPH_ID_SIZE 96 /* "object:" and 64 digits */

struct graph {
	json_t *nodes;
	json_t *edges;
	json_t *index; /* the nodes by their ids */
	struct function_names functions;
	uint32_t types;		     /* of the rootlet that was added last: its slots follow */
	const struct device *device; /* that is being added */
	bool failed;		     /* there was no memory for all of it */
};

/* Who says that one keeps the other alive. */
enum graph_record {
	GRAPH_RECORD_XDPD,   /* the kernel keeps or shows no such record */
	GRAPH_RECORD_KERNEL, /* it is not in xdpd's own graph */
	GRAPH_RECORD_BOTH,
	GRAPH_RECORD_COUNT
};

struct graph_edge {
	const char *relation;
	const char *name; /* what the holder calls the other; or NULL */
	enum graph_record record;
	char difference[128]; /* where the two records differ, a sentence; or "" */
};

void graph_name_id(char id[static GRAPH_ID_SIZE], const char *format, ...)
	__attribute__((format(printf, 2, 3)));

bool graph_has_node(const struct graph *graph, const char *id);

/*
 * Adds a node unless the graph has it already through another holder. `about` is one clause more, or NULL; 0:
 * the kernel has no id of it; `pins` are those that go with it, or NULL.
 */
void graph_add_node(struct graph *graph, const char *id, const char *kind, const char *name,
		    uint32_t kernel_id, const char *about, const struct pins *pins);

void graph_add_edge(struct graph *graph, const char *from, const char *to,
		    const struct graph_edge *edge);

/* By the kernel's record `who` does something to the program `told`; it does not tell if that is 0. */
void graph_compare(struct graph_edge *edge, const char *who, const char *does, uint32_t told,
		   uint32_t believed);

/* What a dependency node is; what it needs is of kinds that follow from that. */
enum graph_kind {
	GRAPH_GENERATION, /* a rootlet, then links into it */
	GRAPH_ROOTLET,	  /* components */
	GRAPH_SLOT,	  /* a link: of a rootlet and a component */
	GRAPH_COMPONENT,  /* nothing */
	GRAPH_KIND_COUNT
};

/* Adds the node, unless it is there already, and all that it needs; `id` becomes its. */
void graph_add_needs(struct graph *graph, enum graph_kind kind, const struct node *node,
		     char id[static GRAPH_ID_SIZE]);

/* Adds the stored objects that something is made of, or would be. */
void graph_add_spec(struct graph *graph, const char *holder, const char *name,
		    const struct component_spec *spec, const char *relation);
