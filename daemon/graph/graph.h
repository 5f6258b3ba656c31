// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"

#include <jansson.h>

/*
 * What keeps what alive, as nodes and edges. They come from the dependency nodes (base/node.h), and from
 * what these own that is not a node. Each edge is compared with the kernel's own record, if it keeps one. To
 * be used on the loop, like everything that reads the committed state.
 */
struct graph;

/* -ENOMEM. */
int graph_new(struct graph **ret, struct error *error);
void graph_drop(struct graph **graph);

/* Adds a device, its wanted chain, and everything that these hold. */
void graph_add_device(struct graph *graph, const struct device *device);

/*
 * Adds other holders of what is in the graph: pins, processes, programs and links that are not the daemon's.
 * `own` are the daemon's pins. This searches /proc and bpffs, which takes too long for the loop.
 */
void graph_add_others(struct graph *graph, const struct pin_directories *own);

/*
 * Encodes the fields "nodes" and "edges" of the interface's Graph as a new reference. -ENOMEM, also if there
 * was no memory for something that was added before.
 */
int graph_encode(const struct graph *graph, json_t **ret, struct error *error);
