/* Processes, programs and pins that hold what is ours and are not ours. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/graph/graph.h"
#include "daemon/graph/parts.h"
#include "daemon/kernel/info/kernel-holders.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* How what others have to do with ours is called, by the kind of holder. */
static const struct {
	const char *kind;
	const char *relation;
} others[] = {
	[HOLDER_PIN] = { "pin", "pins" },
	[HOLDER_PROCESS] = { "process", "has open" },
	[HOLDER_PROGRAM] = { "program", "uses" },
	[HOLDER_LINK] = { "link", "is linked to" },
};
static_assert(array_size(others) == HOLDER_COUNT, "every kind of holder has a name");

/* The node that the kernel's ids stand for; false: it is not ours. */
static bool find_held(const struct graph *graph, const struct bpf_ids *ids,
		      char ret[static GRAPH_ID_SIZE])
{
	if (ids->link)
		graph_name_id(ret, "link:%u", ids->link);
	else if (ids->map)
		graph_name_id(ret, "map:%u", ids->map);
	else
		graph_name_id(ret, "program:%u", ids->program);
	return graph_has_node(graph, ret);
}

/* Names of processes and of files can be anything; what we answer is text. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* Programs and links of ours are among those that use what is ours. */
static bool is_own(const struct graph *graph, const char *id)
{
	const json_t *node = json_object_get(graph->index, id);
	const char *kind = json_string_value(json_object_get(node, "kind"));

	for (size_t i = 0; node && i < array_size(others); i++)
		if (!strcmp(others[i].kind, kind))
			return false;
	return node;
}

/* What is pinned for libxdp's tools, beside a rootlet of ours, goes with it (daemon/kernel/libxdp/pins.h). */
static bool is_listed(const struct graph *graph, const struct holder *holder)
{
	const char *name = holder->kind == HOLDER_PIN ? strstr(holder->name, "/dispatch-") : NULL;
	char id[GRAPH_ID_SIZE];
	unsigned int rootlet;

	if (!name || sscanf(name, "/dispatch-%*u-%u/", &rootlet) != 1)
		return false;
	graph_name_id(id, "program:%u", rootlet);
	return is_own(graph, id);
}

static void add_holder(void *userdata, const struct holder *holder)
{
	struct graph *graph = userdata;
	const char *kind = others[holder->kind].kind;
	const struct graph_edge edge = { others[holder->kind].relation,
					 .record = GRAPH_RECORD_KERNEL };
	cleanup(freep) char *name = NULL, *id = NULL;
	char held[GRAPH_ID_SIZE];
	int length;

	if (!find_held(graph, &holder->held, held) || is_listed(graph, holder))
		return;
	name = strdup(holder->name);
	length = holder->number ? asprintf(&id, "%s:%u", kind, holder->number)
				: asprintf(&id, "%s:%s", kind, holder->name);
	if (!name || length < 0) {
		id = length < 0 ? NULL : id;
		graph->failed = true;
		return;
	}
	make_printable(name);
	make_printable(id);
	if (is_own(graph, id))
		return;
	graph_add_node(graph, id, kind, name, holder->number, NULL, NULL);
	graph_add_edge(graph, id, held, &edge);
}

void graph_add_others(struct graph *graph, const struct pin_directories *own)
{
	holders_each(own, add_holder, graph);
	kernel_holders_each(add_holder, graph);
}
