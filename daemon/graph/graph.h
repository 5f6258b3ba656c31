#pragma once

#include "daemon/state/device.h"

#include <jansson.h>

/*
 * What keeps what alive, as nodes and edges: from the dependency nodes (base/node.h), from what they own that
 * is not a node, and, edge by edge, from the kernel's own record where it keeps one. For reading on the loop,
 * like everything that looks at what is committed.
 */
struct graph;

/* -ENOMEM. */
int graph_new(struct graph **ret, struct error *error);
void graph_drop(struct graph **graph);

/* Adds a device, its wanted chain, and all that these hold. */
void graph_add_device(struct graph *graph, const struct device *device);

/*
 * Adds what others hold of that, by pins, descriptors, programs and links of theirs. `own` are the
 * daemon's pins. It looks through /proc and bpffs, which takes long: not for the loop.
 */
void graph_add_others(struct graph *graph, const struct pin_directories *own);

/*
 * The fields "nodes" and "edges" of the interface's Graph; a new reference. -ENOMEM, also when
 * anything added before found no memory.
 */
int graph_encode(const struct graph *graph, json_t **ret, struct error *error);
