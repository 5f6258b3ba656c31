// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* How a graph is drawn and described, and what would be freed: without a daemon. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/graph-text.h"
#include "cli/graph-why.h"
#include "tests/unit/test.h"

#include <stdlib.h>
#include <string.h>

static void add_node(json_t *reply, const char *id, const char *kind, const char *name,
		     const char *device)
{
	const char *number = strchr(id, ':') + 1;
	bool is_in_kernel = strncmp(id, "chain:", 6) && !strchr(number, '-');
	/* 0: it has none; it is a digest or a path */
	int kernel_id = is_in_kernel ? atoi(number) : 0;

	json_array_append_new(json_object_get(reply, "nodes"),
			      json_pack("{s:s, s:s, s:s, s:s*, s:I}", "id", id, "kind", kind,
					"name", name, "device", device, "kernel_id",
					(json_int_t)kernel_id));
}

static void add_edge(json_t *reply, const char *from, const char *to, const char *relation,
		     const char *name)
{
	json_array_append_new(json_object_get(reply, "edges"),
			      json_pack("{s:s, s:s, s:s, s:s*, s:s}", "from", from, "to", to,
					"relation", relation, "name", name, "record", "both"));
}

/*
 * eth0 and eth1 run component 1, after which eth0 alone runs component 2; both use map 9, and a pin keeps
 * component 2 as well.
 */
static json_t *two_devices(void)
{
	json_t *reply = json_pack("{s:[], s:[]}", "nodes", "edges");

	add_node(reply, "device:1", "device", "eth0", "eth0");
	add_node(reply, "device:2", "device", "eth1", "eth1");
	add_node(reply, "chain:1", "chain", "chain of eth0", "eth0");
	add_node(reply, "chain:2", "chain", "chain of eth1", "eth1");
	add_node(reply, "generation:1-1", "generation", "generation 1 of eth0", NULL);
	add_node(reply, "generation:2-1", "generation", "generation 1 of eth1", NULL);
	add_node(reply, "program:1", "component", "xdp_one", NULL);
	add_node(reply, "program:2", "component", "xdp_two", NULL);
	add_node(reply, "map:9", "map", "blocked", NULL);
	add_node(reply, "pin:/sys/fs/bpf/x", "pin", "/sys/fs/bpf/x", NULL);
	add_node(reply, "object:abcdef0123456789", "object", "one.o", NULL);
	add_edge(reply, "device:1", "generation:1-1", "runs", NULL);
	add_edge(reply, "device:2", "generation:2-1", "runs", NULL);
	add_edge(reply, "generation:1-1", "program:1", "needs", NULL);
	add_edge(reply, "generation:1-1", "program:2", "needs", NULL);
	add_edge(reply, "generation:2-1", "program:1", "needs", NULL);
	add_edge(reply, "chain:1", "program:1", "wants", "one");
	add_edge(reply, "chain:1", "program:2", "wants", "two");
	add_edge(reply, "chain:2", "program:1", "wants", "one");
	add_edge(reply, "program:1", "map:9", "uses", "blocked");
	add_edge(reply, "program:2", "map:9", "uses", "blocked");
	add_edge(reply, "program:1", "object:abcdef0123456789", "made of", NULL);
	add_edge(reply, "pin:/sys/fs/bpf/x", "program:2", "pins", NULL);
	return reply;
}

struct world {
	json_t *reply;
	struct graph graph;
	bool *detached;
	enum fate *fates;
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	world->reply = two_devices();
	assert_true(graph_read(world->reply, &world->graph));
	world->detached = calloc(world->graph.n_edges, sizeof(*world->detached));
	world->fates = calloc(world->graph.n_nodes, sizeof(*world->fates));
	*state = world;
	return 0;
}

static int tear_down(void **state)
{
	struct world *world = *state;

	graph_done(&world->graph);
	json_decref(world->reply);
	free(world->detached);
	free(world->fates);
	free(world);
	return 0;
}

static size_t node_of(const struct graph *graph, const char *id)
{
	for (size_t i = 0; i < graph->n_nodes; i++)
		if (!strcmp(graph->nodes[i].id, id))
			return i;
	fail_msg("there is no node '%s'", id);
	return 0;
}

/* Exactly these nodes are found; the list ends with NULL. */
static void finds(const struct graph *graph, const char *name, const char *device,
		  const char *const *ids)
{
	bool marks[32] = {};
	size_t n = 0;

	assert_int_equal(graph_why_find(graph, name, device, marks), *ids != NULL);
	for (; *ids; ids++, n++)
		assert_true(marks[node_of(graph, *ids)]);
	for (size_t i = 0; i < graph->n_nodes; i++)
		n -= marks[i];
	assert_int_equal(n, 0);
}

#define FINDS(graph, name, device, ...) \
	finds(graph, name, device, (const char *const[]){ __VA_ARGS__, NULL })

static void things_are_found_by_all_their_names(void **state)
{
	const struct graph *graph = &((struct world *)*state)->graph;

	FINDS(graph, "one", NULL, "program:1");
	FINDS(graph, "xdp_one", NULL, "program:1");
	FINDS(graph, "1", NULL, "program:1");
	FINDS(graph, "program:1", NULL, "program:1");
	FINDS(graph, "blocked", NULL, "map:9");
	FINDS(graph, "9", NULL, "map:9");
	FINDS(graph, "map 9", NULL, "map:9");
	FINDS(graph, "program 9", NULL, NULL);
	FINDS(graph, "component 1", NULL, "program:1");
	FINDS(graph, "program 1", NULL, "program:1");
	FINDS(graph, "2", NULL, "program:2"); /* a device's number is no kernel id */
	FINDS(graph, "blocked 9", NULL, "map:9");
	FINDS(graph, "blocked (map 9)", NULL, "map:9");
	FINDS(graph, "one.o abcdef012345", NULL, "object:abcdef0123456789");
	FINDS(graph, "eth0", NULL, "device:1");
	FINDS(graph, "chain of eth0", NULL, "chain:1");
	FINDS(graph, "abcd", NULL, "object:abcdef0123456789");
	FINDS(graph, "sha256:abcdef", NULL, "object:abcdef0123456789");
	FINDS(graph, "abc", NULL, NULL);
	FINDS(graph, "two", "1", "program:2");
	FINDS(graph, "two", "2", NULL);
	FINDS(graph, "two", "9", NULL);
	FINDS(graph, "", NULL, NULL);
}

static void count_chain(void *userdata, size_t n_edges, const struct graph_edge *const *edges)
{
	size_t *n_edges_sum = userdata;

	*n_edges_sum += n_edges;
	for (size_t i = 1; i < n_edges; i++)
		assert_int_equal(edges[i - 1]->to, edges[i]->from);
}

static void paths_lead_from_roots_to_the_node(void **state)
{
	const struct graph *graph = &((struct world *)*state)->graph;
	size_t n_edges = 0;

	/* Through 1: eth0, eth1 and their chains; through 2: eth0, its chain and the pin. */
	assert_int_equal(
		graph_why_chains(graph, node_of(graph, "map:9"), 100, count_chain, &n_edges), 7);
	assert_int_equal(n_edges, 3 + 3 + 2 + 2 + 3 + 2 + 2);
	n_edges = 0;
	assert_int_equal(graph_why_chains(graph, node_of(graph, "map:9"), 1, count_chain, &n_edges),
			 7);
	assert_in_range(n_edges, 2, 3);
	n_edges = 0;
	assert_int_equal(
		graph_why_chains(graph, node_of(graph, "device:1"), 9, count_chain, &n_edges), 0);
	assert_int_equal(n_edges, 0);
}

static void detach(struct world *world, const char *id, const char *device)
{
	assert_true(graph_why_detach(&world->graph, node_of(&world->graph, id), device,
				     world->detached, world->fates));
}

static void fate_is(const struct world *world, const char *id, enum fate fate)
{
	assert_int_equal(world->fates[node_of(&world->graph, id)], fate);
}

static void a_shared_node_goes_with_its_last_holder(void **state)
{
	struct world *world = *state;

	detach(world, "program:1", "1");
	fate_is(world, "program:1", FATE_STAYS);
	fate_is(world, "generation:1-1", FATE_REBUILT);
	fate_is(world, "generation:2-1", FATE_STAYS);
	detach(world, "program:1", NULL);
	fate_is(world, "program:1", FATE_GOES);
	fate_is(world, "object:abcdef0123456789", FATE_GOES);
	fate_is(world, "map:9", FATE_STAYS); /* the other component uses it, too */
	fate_is(world, "generation:2-1", FATE_REBUILT);
}

static void a_device_and_its_chain_stand_for_all_components(void **state)
{
	static const char *const ids[] = { "device:1", "chain:1" };
	struct world *world = *state;

	for (size_t i = 0; i < array_size(ids); i++) {
		size_t n = 0;

		detach(world, ids[i], NULL);
		for (size_t j = 0; j < world->graph.n_edges; j++)
			n += world->detached[j];
		assert_int_equal(n, 2); /* without what eth1 wants */
		fate_is(world, "program:1", FATE_STAYS);
		fate_is(world, "generation:1-1", FATE_REBUILT);
	}
	assert_false(graph_why_detach(&world->graph, node_of(&world->graph, "device:1"), "2",
				      world->detached, world->fates));
}

static void what_others_hold_stays(void **state)
{
	struct world *world = *state;

	detach(world, "program:2", NULL);
	fate_is(world, "program:2", FATE_STAYS); /* the pin keeps it */
	detach(world, "map:9", NULL);
	fate_is(world, "program:1", FATE_GOES);
	fate_is(world, "map:9", FATE_STAYS);
	assert_false(graph_why_detach(&world->graph, node_of(&world->graph, "generation:1-1"), NULL,
				      world->detached, world->fates));
}

static void the_tree_shows_each_thing_in_full_once(void **state)
{
	const struct graph *graph = &((struct world *)*state)->graph;
	cleanup(freep) char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	graph_print_text(graph, file);
	fclose(file);
	assert_non_null(strstr(text, "eth0\n"
				     "└─ runs generation 1 of eth0\n"
				     "   ├─ needs one (component, program 1)\n"
				     "   │  ├─ uses blocked (map 9)\n"
				     "   │  └─ made of one.o (object abcdef012345)\n"
				     "   └─ needs two (component, program 2)\n"
				     "      └─ uses blocked (map 9)\n"
				     "eth1\n"
				     "└─ runs generation 1 of eth1\n"
				     "   └─ needs one (component, program 1), see above\n"));
}

static void names_are_quoted_for_graphviz(void **state)
{
	cleanup(json_decrefp) json_t *reply = json_pack("{s:[], s:[]}", "nodes", "edges");
	cleanup(graph_done) struct graph graph = {};
	cleanup(freep) char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	(void)state;
	add_node(reply, "device:1", "device", "e\"t\\h\n0", NULL);
	assert_true(graph_read(reply, &graph));
	graph_print_dot(&graph, file);
	fclose(file);
	assert_non_null(strstr(text, "\"device:1\" [label=\"e\\\"t\\\\h\\\\x0a0\""));
}

static void an_invalid_graph_is_refused(void **state)
{
	cleanup(json_decrefp) json_t *reply = two_devices();
	struct graph graph = {};

	(void)state;
	add_edge(reply, "program:1", "map:10", "uses", NULL);
	assert_false(graph_read(reply, &graph));
	json_object_del(reply, "edges");
	assert_true(graph_read(reply, &graph));
	graph_done(&graph);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(things_are_found_by_all_their_names),
		cmocka_unit_test(paths_lead_from_roots_to_the_node),
		cmocka_unit_test(a_shared_node_goes_with_its_last_holder),
		cmocka_unit_test(a_device_and_its_chain_stand_for_all_components),
		cmocka_unit_test(what_others_hold_stays),
		cmocka_unit_test(the_tree_shows_each_thing_in_full_once),
		cmocka_unit_test(names_are_quoted_for_graphviz),
		cmocka_unit_test(an_invalid_graph_is_refused),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
