// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "cli/device-name.h"
#include "cli/graph-why.h"
#include "cli/show.h"
#include "cli/verb.h"

#include <stdio.h>
#include <string.h>

/* More chains than anybody reads; there can be thousands. */
#define CHAINS_MAX 100

static const struct option_row options[] = {
	{ "dev", "NAME", NULL,
	  "only this device: what it holds, and what detaching from it would free" },
	OPTION_NETNS_AS(NULL),
	{},
};

/* The node that the user asks about, and the answers so far. */
struct question {
	const struct graph *graph;
	const char *device; /* the number of the only device that matters; NULL: all matter */
	const char *ifname; /* its name */
	bool *detached;	    /* by edge */
	enum fate *fates;   /* by node */
	json_t *collected;  /* NULL: the answers are printed for people */
};

static void print_chain(void *userdata, size_t n_edges, const struct graph_edge *const *edges)
{
	const struct question *question = userdata;
	const struct graph_node *nodes = question->graph->nodes;

	fputs("  ", stdout);
	for (size_t i = 0; i <= n_edges; i++) {
		cleanup(freep) char *label = NULL;

		if (i > 0)
			fputs(strcmp(edges[i - 1]->record, "xdpd") != 0 ? " => " : " -> ", stdout);
		label = graph_short_label(&nodes[i > 0 ? edges[i - 1]->to : edges[0]->from]);
		fputs(label ?: "out of memory", stdout);
	}
	putchar('\n');
	for (size_t i = 0; i < n_edges; i++)
		if (*edges[i]->difference)
			printf("    but %s\n", edges[i]->difference);
}

static void print_node(const struct graph_node *node)
{
	cleanup(freep) char *label = graph_label(node, NULL);

	printf("  %s\n", label ?: "out of memory");
}

/* "fw from v0", "fw from v0 in /run/netns/blue" */
static void print_place(const char *separator, const struct graph *graph,
			const struct graph_edge *edge)
{
	const struct graph_node *chain = &graph->nodes[edge->from];

	printf("%s%s from %s", separator, edge->name, chain->device);
	if (*chain->netns)
		printf(" in %s", chain->netns);
}

/* "fw from v0, fw from v1"; for many devices only their number. */
static void print_detached(const struct question *question)
{
	const struct graph *graph = question->graph;
	size_t n = 0, n_said = 0;

	for (size_t i = 0; i < graph->n_edges; i++)
		n += question->detached[i];
	for (size_t i = 0; i < graph->n_edges && n_said < 3; i++)
		if (question->detached[i])
			print_place(n_said++ ? ", " : "", graph, &graph->edges[i]);
	if (n > n_said)
		printf(" and %zu others", n - n_said);
}

static size_t count(const struct question *question, enum fate fate)
{
	size_t n = 0;

	for (size_t i = 0; i < question->graph->n_nodes; i++)
		n += question->fates[i] == fate;
	return n;
}

static void print_fates(const struct question *question)
{
	fputs("If you detached ", stdout);
	print_detached(question);
	if (!count(question, FATE_GOES))
		fputs(", nothing would be freed: everything has other holders.\n", stdout);
	else
		fputs(", these would be freed:\n", stdout);
	for (size_t i = 0; i < question->graph->n_nodes; i++)
		if (question->fates[i] == FATE_GOES)
			print_node(&question->graph->nodes[i]);
	for (size_t i = 0; i < question->graph->n_nodes; i++)
		if (question->fates[i] == FATE_REBUILT &&
		    !strcmp(question->graph->nodes[i].kind, "generation"))
			printf("%s would be replaced by the next generation.\n",
			       question->graph->nodes[i].called);
}

/* Prints a node that nothing keeps in memory. */
static void print_root(const struct graph_node *node, const char *label)
{
	if (!strcmp(node->kind, "device"))
		printf("%s is a network device, which xdpd does not keep; 'xdpctl graph --dev %s' "
		       "shows what the device keeps in memory.\n",
		       label, node->device);
	else if (!strcmp(node->kind, "chain"))
		printf("%s is what %s is to run; it is kept until the device is released.\n", label,
		       node->device);
	else
		printf("%s is kept in memory by nothing that xdpd knows.\n", label);
}

static void print_holders(struct question *question, size_t node, const char *label)
{
	const struct graph *graph = question->graph;
	size_t n;

	printf("%s is kept in memory by\n", label);
	n = graph_why_chains(graph, node, CHAINS_MAX, print_chain, question);
	if (n > CHAINS_MAX)
		printf("  and in %zu more ways\n", n - CHAINS_MAX);
	puts("(=> recorded by the kernel, -> recorded only by xdpd)");
	if (*graph->nodes[node].pins)
		printf("It is pinned in %s for as long as xdpd needs it.\n",
		       graph->nodes[node].pins);
}

static void print_answer(struct question *question, size_t node)
{
	const struct graph *graph = question->graph;
	cleanup(freep) char *label = graph_label(&graph->nodes[node], NULL);
	bool is_root = graph_is_root(graph, node);

	if (is_root)
		print_root(&graph->nodes[node], label ?: "out of memory");
	else
		print_holders(question, node, label ?: "out of memory");
	if (graph_why_detach(graph, node, question->device, question->detached, question->fates))
		print_fates(question);
	else if (!is_root)
		puts("It cannot be detached by itself: it changes with the chain.");
}

static json_t *encode_nodes(const struct question *question, enum fate fate)
{
	json_t *list = json_array();

	for (size_t i = 0; i < question->graph->n_nodes; i++)
		if (question->fates[i] == fate)
			json_array_append_new(list, json_string(question->graph->nodes[i].id));
	return list;
}

static void collect_chain(void *userdata, size_t n_edges, const struct graph_edge *const *edges)
{
	const struct question *question = userdata;
	json_t *chain = json_array();

	for (size_t i = 0; i < n_edges; i++)
		json_array_append_new(
			chain,
			json_pack("{s:s, s:s, s:s, s:s, s:s*}", "from",
				  question->graph->nodes[edges[i]->from].id, "to",
				  question->graph->nodes[edges[i]->to].id, "relation",
				  edges[i]->relation, "record", edges[i]->record, "difference",
				  *edges[i]->difference ? edges[i]->difference : NULL));
	json_array_append_new(question->collected, chain);
}

static json_t *encode_place(const struct graph *graph, const struct graph_edge *edge)
{
	const struct graph_node *chain = &graph->nodes[edge->from];

	return json_pack("{s:s, s:s, s:s*}", "name", edge->name, "device", chain->device, "netns",
			 *chain->netns ? chain->netns : NULL);
}

static json_t *encode_answer(struct question *question, size_t node)
{
	const struct graph *graph = question->graph;
	json_t *answer, *detached;
	size_t n;

	question->collected = json_array();
	n = graph_why_chains(graph, node, CHAINS_MAX, collect_chain, question);
	answer = json_pack("{s:s, s:s, s:I, s:o}", "node", graph->nodes[node].id, "name",
			   graph->nodes[node].called, "chains_total", (json_int_t)n, "chains",
			   question->collected);
	if (!graph_why_detach(graph, node, question->device, question->detached, question->fates))
		return answer;
	detached = json_array();
	for (size_t i = 0; i < graph->n_edges; i++)
		if (question->detached[i])
			json_array_append_new(detached, encode_place(graph, &graph->edges[i]));
	json_object_set_new(answer, "detached", detached);
	json_object_set_new(answer, "goes", encode_nodes(question, FATE_GOES));
	json_object_set_new(answer, "rebuilt", encode_nodes(question, FATE_REBUILT));
	return answer;
}

static void answer_all(struct question *question, const bool *marks, bool as_json)
{
	cleanup(json_decrefp) json_t *answers = json_array();
	bool first = true;

	for (size_t i = 0; i < question->graph->n_nodes; i++) {
		if (!marks[i])
			continue;
		if (as_json) {
			json_array_append_new(answers, encode_answer(question, i));
			continue;
		}
		if (!first)
			putchar('\n');
		first = false;
		print_answer(question, i);
	}
	if (as_json) {
		cleanup(json_decrefp) json_t *object = json_pack("{s:O}", "answers", answers);

		show_json(object);
	}
}

/* Marks what has that name. The graph does not have the alternative names of devices. */
static bool find(const struct question *question, const struct invocation *invocation, bool *marks)
{
	const char *text = invocation->operands[0];
	cleanup(device_name_done) struct device_name name = {};

	if (graph_why_find(question->graph, text, question->device, marks))
		return true;
	device_name_find_any(invocation, text, &name);
	return name.ifname && graph_why_find(question->graph, name.ifname, question->device, marks);
}

static enum exit_status find_and_answer(struct question *question,
					const struct invocation *invocation, bool *marks)
{
	if (find(question, invocation, marks)) {
		answer_all(question, marks, invocation->json);
		return EXIT_DONE;
	}
	report_error("nothing%s%s is named '%s'; 'xdpctl graph' lists what there is",
		     question->ifname ? " on " : "", question->ifname ?: "",
		     invocation->operands[0]);
	return EXIT_REFUSED;
}

/* The number of the device; "", which none has, if it was released meanwhile. */
static const char *find_number(const struct graph *graph, const struct device_name *name)
{
	for (size_t i = 0; i < graph->n_nodes; i++) {
		const struct graph_node *node = &graph->nodes[i];

		if (!strcmp(node->device, name->ifname) && !strcmp(node->netns, name->netns))
			return graph_device_number(node);
	}
	return "";
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	cleanup(graph_done) struct graph graph = {};
	bool readable = graph_read(parameters, &graph);
	cleanup(freep) bool *marks = calloc(graph.n_nodes + 1, sizeof(*marks));
	cleanup(freep) bool *detached = calloc(graph.n_edges + 1, sizeof(*detached));
	cleanup(freep) enum fate *fates = calloc(graph.n_nodes + 1, sizeof(*fates));
	cleanup(device_name_done) struct device_name name = {};
	const char *device = option_given(invocation, "dev");
	enum exit_status status = EXIT_DONE;
	struct question question = { .graph = &graph, .detached = detached, .fates = fates };

	if (!readable || !marks || !detached || !fates) {
		report_error("invalid reply from xdpd: not a graph");
		return EXIT_REFUSED;
	}
	if (device)
		status = device_name_find(invocation, device, &name);
	if (name.ifname) {
		question.ifname = name.ifname;
		question.device = find_number(&graph, &name);
	}
	return status == EXIT_DONE ? find_and_answer(&question, invocation, marks) : status;
}

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct graph_request *request = userdata;

	if (option_given(invocation, "netns") && !option_given(invocation, "dev"))
		return usage(invocation->verb, "--netns needs --dev");
	request->others = true;
	return EXIT_DONE;
}

const struct verb verb_why = {
	.name = "why",
	.operands = { "NAME" },
	.summary = "Explain why something is still in memory, and what detaching it frees.",
	.method = METHOD_GRAPH,
	.options = options,
	.prepare = prepare,
	.answer = answer,
};
