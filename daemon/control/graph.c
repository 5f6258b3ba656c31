#define _GNU_SOURCE
#include "daemon/control/graph.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/control/unconfirmed.h"
#include "daemon/kernel/function-names.h"
#include "daemon/kernel/link-facts.h"
#include "daemon/kernel/program-facts.h"

#include <assert.h>
#include <bpf/bpf.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#define ID_SIZE 96 /* "object:" and 64 digits */

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
enum record {
	RECORD_XDPD,   /* the kernel keeps no such record, or does not tell */
	RECORD_KERNEL, /* it is not in xdpd's own graph */
	RECORD_BOTH,
	RECORD_COUNT
};

static const char *const record_names[] = { "xdpd", "kernel", "both" };
static_assert(array_size(record_names) == RECORD_COUNT, "every record has a name");

struct edge {
	const char *relation;
	const char *name; /* what the holder calls the other; or NULL */
	enum record record;
	char difference[128]; /* where the two records differ, a sentence; or "" */
};

__attribute__((format(printf, 2, 3))) static void name_id(char id[static ID_SIZE],
							  const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(id, ID_SIZE, format, arguments);
	va_end(arguments);
}

static bool has_node(const struct graph *graph, const char *id)
{
	return json_object_get(graph->index, id);
}

/* Once, whoever else holds it. `about` is one clause more, or NULL; 0: the kernel has no id of it. */
static void add_node(struct graph *graph, const char *id, const char *kind, const char *name,
		     uint32_t kernel_id, const char *about, const struct pins *pins)
{
	json_t *node;

	if (has_node(graph, id))
		return;
	node = json_pack("{s:s, s:s, s:o, s:o*, s:o*, s:s*}", "id", id, "kind", kind, "name",
			 text_encode(name), "kernel_id", kernel_id ? json_integer(kernel_id) : NULL,
			 "about", about ? text_encode(about) : NULL, "pins",
			 pins ? pins_directory(pins) : NULL);
	if (json_object_set(graph->index, id, node) < 0 ||
	    json_array_append_new(graph->nodes, node) < 0)
		graph->failed = true;
}

static void add_edge(struct graph *graph, const char *from, const char *to, const struct edge *edge)
{
	if (json_array_append_new(graph->edges,
				  json_pack("{s:s, s:s, s:s, s:o*, s:s, s:s*}", "from", from, "to",
					    to, "relation", edge->relation, "name",
					    edge->name ? text_encode(edge->name) : NULL, "record",
					    record_names[edge->record], "difference",
					    *edge->difference ? edge->difference : NULL)) < 0)
		graph->failed = true;
}

/* By the kernel's record `who` does something to that program; it does not tell if it is 0. */
static void compare(struct edge *edge, const char *who, const char *does, uint32_t told,
		    uint32_t believed)
{
	edge->record = told == believed ? RECORD_BOTH : RECORD_XDPD;
	if (told && told != believed)
		snprintf(edge->difference, sizeof(edge->difference),
			 "by the kernel's record %s %s program %u, not %u", who, does, told,
			 believed);
}

static void identify_generation(const struct node *node, char id[static ID_SIZE])
{
	const struct generation *generation = (const struct generation *)node;

	name_id(id, "generation:%s", strrchr(pins_directory(generation->pins), '/') + 1);
}

static void describe_generation(struct graph *graph, const struct node *node, const char *id)
{
	const struct generation *generation = (const struct generation *)node;
	const struct device *device = graph->device;
	char name[64];

	snprintf(name, sizeof(name), "%sgeneration %" PRIu64 " of %s",
		 generation == device->retiring ? "retiring " : "", generation->number,
		 device->ifname);
	add_node(graph, id, "generation", name, 0, generation->made_by->name, generation->pins);
}

static void identify_rootlet(const struct node *node, char id[static ID_SIZE])
{
	name_id(id, "program:%u", ((const struct rootlet *)node)->id);
}

static bool uses_map(const struct program_facts *facts, uint32_t id)
{
	for (size_t i = 0; i < facts->n_maps; i++)
		if (facts->map_ids[i] == id)
			return true;
	return false;
}

static void add_map(struct graph *graph, const char *holder, const char *name, uint32_t number,
		    enum record record)
{
	const struct edge edge = { "uses", name, record };
	char id[ID_SIZE];

	name_id(id, "map:%u", number);
	add_node(graph, id, "map", name, number, NULL, NULL);
	add_edge(graph, holder, id, &edge);
}

/* The name of a map of one of the components that are part of the rootlet; NULL if it is none. */
static const char *find_map(const struct node *rootlet, uint32_t id)
{
	for (size_t i = 0; i < rootlet->n_needs; i++) {
		const struct component *component = (const struct component *)rootlet->needs[i];

		for (size_t j = 0; j < component->n_maps; j++)
			if (component->maps[j].id == id)
				return component->maps[j].name;
	}
	return NULL;
}

static uint32_t map_id(int fd)
{
	struct bpf_map_info info = {};
	__u32 size = sizeof(info);

	return bpf_map_get_info_by_fd(fd, &info, &size) == 0 ? info.id : 0;
}

/* Its counters, and, as the kernel has it, the maps of what is fused into it. */
static void describe_rootlet(struct graph *graph, const struct node *node, const char *id)
{
	const struct rootlet *rootlet = (const struct rootlet *)node;
	uint32_t counters = map_id(rootlet->counters_fd);
	struct program_facts facts = {};

	program_facts_read_quickly(rootlet->fd, &facts);
	graph->types = facts.btf_id;
	add_node(graph, id, "rootlet", ROOTLET_NAME, rootlet->id, NULL, NULL);
	add_map(graph, id, "counters", counters,
		uses_map(&facts, counters) ? RECORD_BOTH : RECORD_XDPD);
	for (size_t i = 0; i < facts.n_maps; i++) {
		const char *name = find_map(node, facts.map_ids[i]);

		if (facts.map_ids[i] != counters)
			add_map(graph, id, name ?: "a map", facts.map_ids[i],
				name ? RECORD_BOTH : RECORD_KERNEL);
	}
}

static void identify_slot(const struct node *node, char id[static ID_SIZE])
{
	struct link_facts facts = {};

	link_facts_read(((const struct slot_link *)node)->fd, &facts);
	name_id(id, "link:%u", facts.id);
}

/* Named by the function that it replaces. */
static void describe_slot(struct graph *graph, const struct node *node, const char *id)
{
	struct link_facts facts = {};
	const char *name;

	link_facts_read(((const struct slot_link *)node)->fd, &facts);
	name = function_names_get(&graph->functions, graph->types, facts.target_function_id);
	add_node(graph, id, "slot", name ?: "a slot", facts.id, NULL, NULL);
}

/* The kernel's record of the link has both its ends. */
static void compare_slot(const struct node *node, size_t need, struct edge *edge)
{
	struct link_facts facts = {};
	char who[32];

	link_facts_read(((const struct slot_link *)node)->fd, &facts);
	snprintf(who, sizeof(who), "link %u", facts.id);
	edge->relation = need == 0 ? "is part of" : "is filled by";
	if (need == 0)
		compare(edge, who, "replaces a function of", facts.target_program_id,
			((const struct rootlet *)node->needs[0])->id);
	else
		compare(edge, who, "runs", facts.program_id,
			((const struct component *)node->needs[1])->id);
}

static void identify_component(const struct node *node, char id[static ID_SIZE])
{
	name_id(id, "program:%u", ((const struct component *)node)->id);
}

static void add_object(struct graph *graph, const char *holder, const char *name,
		       const struct recipe *recipe, const char *relation)
{
	const struct edge edge = { relation, name };
	char id[ID_SIZE];

	name_id(id, "object:%s", recipe->sha256);
	add_node(graph, id, "object", recipe->label, 0, NULL, NULL);
	add_edge(graph, holder, id, &edge);
}

/*
 * An extension keeps what it was verified against until it is linked to something else
 * (kernel/bpf/syscall.c, bpf_tracing_prog_attach()); the kernel names it by its types.
 */
static void add_types(struct graph *graph, const char *holder, uint32_t btf_id)
{
	const struct edge edge = { "verified against", .record = RECORD_KERNEL };
	char id[ID_SIZE];

	name_id(id, "types:%u", btf_id);
	add_node(graph, id, "types", "types of a rootlet", btf_id, NULL, NULL);
	add_edge(graph, holder, id, &edge);
}

static void describe_component(struct graph *graph, const struct node *node, const char *id)
{
	const struct component *component = (const struct component *)node;
	struct program_facts facts = {};

	program_facts_read_quickly(component->fd, &facts);
	add_node(graph, id, "component", component->recipe.program, component->id,
		 component->recipe.label, component->pins);
	for (size_t i = 0; i < component->n_maps; i++)
		add_map(graph, id, component->maps[i].name, component->maps[i].id,
			uses_map(&facts, component->maps[i].id) ? RECORD_BOTH : RECORD_XDPD);
	if (component->tail_fd >= 0)
		add_map(graph, id, "what it jumps to", map_id(component->tail_fd), RECORD_XDPD);
	if (*component->recipe.sha256)
		add_object(graph, id, NULL, &component->recipe, "made of");
	if (facts.target_btf_id)
		add_types(graph, id, facts.target_btf_id);
}

/*
 * The types of dependency nodes: how one of them is called, and what it holds that is no node. What a
 * row leaves out: the kernel has no record of what such a node needs.
 */
static const struct kind {
	const char *type;
	void (*identify)(const struct node *node, char id[static ID_SIZE]);
	void (*describe)(struct graph *graph, const struct node *node, const char *id);
	void (*compare)(const struct node *node, size_t need, struct edge *edge);
} kinds[] = {
	{ "generation", identify_generation, describe_generation },
	{ "rootlet", identify_rootlet, describe_rootlet },
	{ "link", identify_slot, describe_slot, compare_slot },
	{ "component", identify_component, describe_component },
};

static const struct kind *find_kind(const struct node *node)
{
	for (size_t i = 0; i < array_size(kinds); i++)
		if (!strcmp(kinds[i].type, node->type->name))
			return &kinds[i];
	assert(!"a type of node without a row");
	return NULL;
}

/* Adds the node, unless it is there already, and all that it needs; `id` becomes its. */
static void add_needs(struct graph *graph, const struct node *node, char id[static ID_SIZE])
{
	const struct kind *kind = find_kind(node);

	kind->identify(node, id);
	if (has_node(graph, id))
		return;
	kind->describe(graph, node, id);
	for (size_t i = 0; i < node->n_needs; i++) {
		struct edge edge = { "needs" };
		char needed[ID_SIZE];

		add_needs(graph, node->needs[i], needed);
		if (kind->compare)
			kind->compare(node, i, &edge);
		add_edge(graph, id, needed, &edge);
	}
}

static void add_generation(struct graph *graph, const char *holder,
			   const struct generation *generation, struct edge *edge)
{
	char id[ID_SIZE];

	add_needs(graph, &generation->node, id);
	add_edge(graph, holder, id, edge);
}

/* The device's XDP link; `holder` becomes it where there is one. */
static void add_link(struct graph *graph, const struct device *device, unsigned int ifindex,
		     char holder[static ID_SIZE])
{
	struct edge edge = { "is attached by", .record = RECORD_BOTH };
	const struct attachment *attachment = device->attachment;
	char id[ID_SIZE];

	if (attachment->fd < 0)
		return;
	name_id(id, "link:%u", attachment->id);
	add_node(graph, id, "attachment", "XDP link", attachment->id, NULL, attachment->pins);
	if (ifindex != device->ifindex) {
		edge.record = RECORD_XDPD;
		snprintf(edge.difference, sizeof(edge.difference),
			 "by the kernel's record link %u is on device %u, not %u", attachment->id,
			 ifindex, device->ifindex);
	}
	add_edge(graph, holder, id, &edge);
	strcpy(holder, id);
}

static void add_realisation(struct graph *graph, const struct device *device, const char *id)
{
	struct edge runs = { "runs" };
	struct edge retires = { "retires" };
	unsigned int ifindex = 0;
	uint32_t program_id = 0;
	char holder[ID_SIZE];

	strcpy(holder, id);
	if (device->live && device->attachment &&
	    attachment_look(device->attachment, &ifindex, &program_id, NULL) == 0) {
		add_link(graph, device, ifindex, holder);
		compare(&runs, device->ifname, "runs", program_id, device->live->rootlet->id);
	}
	if (device->live)
		add_generation(graph, holder, device->live, &runs);
	if (device->retiring)
		add_generation(graph, id, device->retiring, &retires);
}

/* What is wanted lives, whether anything runs it or not. */
static void add_entry(struct graph *graph, const char *chain, const char *relation,
		      const struct entry *entry)
{
	const struct edge edge = { relation, entry->name };
	char id[ID_SIZE];

	if (entry->component) {
		add_needs(graph, &entry->component->node, id);
		add_edge(graph, chain, id, &edge);
	} else if (*entry->recipe.sha256) {
		add_object(graph, chain, entry->name, &entry->recipe, relation);
	}
}

/* What is there by itself; all of one device have its number. */
static void add_root(struct graph *graph, const char *kind, const char *name, uint32_t ifindex,
		     char id[static ID_SIZE])
{
	const struct device *device = graph->device;

	name_id(id, "%s:%" PRIu64, kind, device->number);
	add_node(graph, id, kind, name, ifindex, device->netns_path, NULL);
	if (json_object_set_new(json_object_get(graph->index, id), "device",
				text_encode(device->ifname)) < 0)
		graph->failed = true;
}

static void add_chain(struct graph *graph, const char *kind, const char *relation,
		      const struct chain *chain)
{
	char id[ID_SIZE], name[64];

	snprintf(name, sizeof(name), "%s of %s", kind, graph->device->ifname);
	add_root(graph, kind, name, 0, id);
	for (size_t i = 0; i < chain->n_entries; i++)
		add_entry(graph, id, relation, &chain->entries[i]);
}

void graph_add_device(struct graph *graph, const struct device *device)
{
	char id[ID_SIZE];

	graph->device = device;
	add_root(graph, "device", device->ifname, device->ifindex, id);
	add_realisation(graph, device, id);
	add_chain(graph, "chain", "wants", &device->chain);
	if (device->unconfirmed)
		add_chain(graph, "unconfirmed change", "goes back to", &device->unconfirmed->chain);
}

int graph_new(struct graph **ret, struct error *error)
{
	cleanup(graph_drop) struct graph *graph = calloc(1, sizeof(*graph));

	if (graph) {
		graph->nodes = json_array();
		graph->edges = json_array();
		graph->index = json_object();
	}
	if (!graph || !graph->nodes || !graph->edges || !graph->index)
		return error_memory(error);
	*ret = steal(graph);
	return 0;
}

void graph_drop(struct graph **slot)
{
	struct graph *graph = steal(*slot);

	if (!graph)
		return;
	json_decref(graph->nodes);
	json_decref(graph->edges);
	json_decref(graph->index);
	function_names_done(&graph->functions);
	free(graph);
}

int graph_encode(const struct graph *graph, json_t **ret, struct error *error)
{
	*ret = graph->failed
		       ? NULL
		       : json_pack("{s:O, s:O}", "nodes", graph->nodes, "edges", graph->edges);
	return *ret ? 0 : error_memory(error);
}
