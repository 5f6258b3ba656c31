// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Processes, programs and pins that are not xdpd's, but hold something that is. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/graph/graph.h"
#include "daemon/graph/parts.h"
#include "daemon/kernel/info/kernel-holders.h"

#include <assert.h>
#include <stdio.h>
#include <string.h>

/* The names of kinds of holders, and of their edges. */
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

/* The node with one of these kernel ids; false: xdpd has none. */
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

/* Names of processes and files can be any bytes, but answers are text. */
static void make_printable(char *text)
{
	for (; *text; text++)
		if (*text < ' ' || *text > '~')
			*text = '?';
}

/* xdpd's own programs and links also hold its objects, but are in the graph already. */
static bool is_own(const struct graph *graph, const char *id)
{
	const json_t *node = json_object_get(graph->index, id);
	const char *kind = json_string_value(json_object_get(node, "kind"));

	for (size_t i = 0; node && i < array_size(others); i++)
		if (!strcmp(others[i].kind, kind))
			return false;
	return node;
}

/* Pins for libxdp's tools are removed with their rootlet (daemon/kernel/libxdp/pins.h). */
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
