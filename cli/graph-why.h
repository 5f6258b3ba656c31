// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/graph.h"

/*
 * Why something is in memory, and what would be freed with it, computed from the graph alone. Marks are
 * arrays with one item per node, by the node's position in the graph.
 */

/*
 * Marks the nodes that `name` can mean: the name of a device, of a component in a chain, of a function or a
 * map, an object by the beginning of its SHA-256, a kernel id ("57", "map 57"), the id of a node, or anything
 * that graph_label() and graph_short_label() print of a node. With `device`, which is a device's number
 * (graph_device_number()), only nodes that this device has, or that are wanted on it. False: no node has that name.
 */
bool graph_why_find(const struct graph *graph, const char *name, const char *device, bool *marks);

/*
 * Calls `found` for every chain of holders from a root to the node: its edges, from the root on, at least one
 * (nothing keeps a root, so a root has no chain). Stops after `limit` chains; returns the number of all
 * chains.
 */
typedef void (*graph_why_chain)(void *userdata, size_t n_edges,
				const struct graph_edge *const *edges);
size_t graph_why_chains(const struct graph *graph, size_t node, size_t limit, graph_why_chain found,
			void *userdata);

/* What happens to a node if the components that keep it are detached. */
enum fate {
	FATE_STAYS,
	FATE_GOES,    /* a node that loses its last holder */
	FATE_REBUILT, /* a generation, which is replaced by another one */
};

/*
 * Detaches, in the graph, the components that keep the node alive, or that are the node, from the device of that
 * number or (NULL) from all devices; for a device or a chain, all components in the chain. `detached` marks the edges
 * that wanted them, `fates` has what happens to each node. False: there is no such component, or no memory.
 */
bool graph_why_detach(const struct graph *graph, size_t node, const char *device, bool *detached,
		      enum fate *fates);
