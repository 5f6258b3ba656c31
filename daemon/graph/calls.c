// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Functions that a policy offers, and the components in its slots that call them. */
#include "base/cleanup.h"
#include "base/string-list.h"
#include "daemon/graph/parts.h"
#include "daemon/kernel/component/policy-offers.h"
#include "daemon/state/device.h"

#include <stdio.h>

/* Chains can share a component and a policy, so they can have the same call. */
static bool is_known(struct graph *graph, uint32_t caller, const char *function)
{
	char call[2 * GRAPH_ID_SIZE];

	snprintf(call, sizeof(call), "%u %s", caller, function);
	if (json_object_get(graph->calls, call))
		return true;
	if (json_object_set_new(graph->calls, call, json_true()) < 0)
		graph->failed = true;
	return false;
}

static void add_callers(struct graph *graph, const struct chain *chain, const char *name,
			const char *function)
{
	const struct graph_edge calls = { "calls" };
	char id[GRAPH_ID_SIZE];

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (entry->parked || !entry->component ||
		    !strings_have(&entry->component->needs, name) ||
		    is_known(graph, entry->component->id, function))
			continue;
		graph_name_id(id, "program:%u", entry->component->id);
		graph_add_edge(graph, id, function, &calls);
	}
}

static void add_function(struct graph *graph, const struct component *policy,
			 const struct offer *offer, char id[static GRAPH_ID_SIZE])
{
	const struct graph_edge offers = { "offers" };
	char holder[GRAPH_ID_SIZE];

	graph_name_id(id, "function:%u:%zu", policy->id, offer->function);
	if (graph_has_node(graph, id))
		return;
	graph_name_id(holder, "program:%u", policy->id);
	graph_add_node(graph, id, "function", signature_name(&offer->signature), 0,
		       policy->spec.program, NULL);
	graph_add_edge(graph, holder, id, &offers);
}

void graph_add_calls(struct graph *graph, const struct chain *chain)
{
	const struct component *policy = chain->policy ? chain->policy->component : NULL;
	cleanup(policy_offers_done) struct policy_offers offers = {};
	char id[GRAPH_ID_SIZE];

	if (!policy || policy_offers_read(policy, &offers, NULL) < 0)
		return;
	for (size_t i = 0; i < offers.n_items; i++) {
		add_function(graph, policy, &offers.items[i], id);
		add_callers(graph, chain, signature_name(&offers.items[i].signature), id);
	}
}
