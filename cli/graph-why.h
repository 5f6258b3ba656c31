#pragma once

#include "cli/graph.h"

/*
 * Why something is there, and what goes with it, from the graph alone. All marks are by the places of
 * nodes in the graph, as many as there are.
 */

/*
 * Marks what `name` can mean: the name of a device, of a component in a chain, of a function or a map, an
 * object by the beginning of its SHA-256, a kernel id ("57", "map 57"), the id of a node, or whatever
 * graph_label() and graph_short_label() print of it. With `ifname` only what that device has, or is wanted
 * on it. False: nothing is called so.
 */
bool graph_why_find(const struct graph *graph, const char *name, const char *ifname, bool *marks);

/*
 * Calls `found` for every chain of holders from something that is there by itself to the node: as many
 * edges as it has, from the root on, at least one: nothing keeps a root, so it has no chain. At most
 * `limit`; the number of all there are is returned.
 */
typedef void (*graph_why_chain)(void *userdata, size_t n_edges,
				const struct graph_edge *const *edges);
size_t graph_why_chains(const struct graph *graph, size_t node, size_t limit, graph_why_chain found,
			void *userdata);

/* What became of a node if the components behind the node were detached. */
enum fate {
	FATE_STAYS,
	FATE_GOES,    /* that lost its last holder */
	FATE_REBUILT, /* of the generation, in whose place another one comes */
};

/*
 * Takes the components away that keep the node alive, or are it, from that device or (NULL) from all; of a
 * device, or a chain, all that are in the chain.
 * `detached` marks the edges that wanted them, `fates` says what becomes of each node. False: there is
 * none to take away, or no memory.
 */
bool graph_why_detach(const struct graph *graph, size_t node, const char *ifname, bool *detached,
		      enum fate *fates);
