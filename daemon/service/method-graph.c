// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/graph/graph.h"
#include "daemon/service/device-select.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/holders-query.h"
#include "daemon/state/device.h"

static int add_device(void *graph, const struct device *device, struct error *error)
{
	(void)error;
	graph_add_device(graph, device);
	return 0;
}

int method_graph(struct peer *peer, void *userdata, struct error *error)
{
	const struct graph_request *request = userdata;
	struct control *control = peer_context(peer)->control;
	cleanup(graph_drop) struct graph *graph = NULL;
	json_t *encoded = NULL;
	int result = graph_new(&graph, error);

	if (result == 0)
		result = device_select(control_registry(control), &request->devices, request->netns,
				       add_device, graph, error);
	if (result == 0 && request->others)
		return holders_query_ask(peer_context(peer)->holders_query, peer, steal(graph),
					 error);
	if (result == 0)
		result = graph_encode(graph, &encoded, error);
	if (result == 0)
		peer_reply(peer, encoded);
	return result;
}
