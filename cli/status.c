// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/status.h"

#include "base/cleanup.h"
#include "cli/show.h"
#include "cli/table.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct column columns[] = {
	{ "DEVICE", COLUMN_LEFT },	{ "STATE", COLUMN_LEFT },	  { "MODE", COLUMN_LEFT },
	{ "GENERATION", COLUMN_RIGHT }, { "COMPONENTS", COLUMN_LEFT, 8 }, {},
};

/* By name of the namespace; the daemon's own, which has none, comes first. */
static int compare(const void *left, const void *right)
{
	const json_t *one = *(json_t *const *)left, *other = *(json_t *const *)right;
	int order = strverscmp(reply_text(one, "netns"), reply_text(other, "netns"));

	return order ?: strverscmp(reply_text(one, "ifname"), reply_text(other, "ifname"));
}

json_t *status_sort(const json_t *devices)
{
	size_t n = json_array_size(devices);
	cleanup(freep) json_t **list = calloc(n + 1, sizeof(*list));
	json_t *sorted = json_array();

	if (!list)
		abort(); /* a short-lived program */
	for (size_t i = 0; i < n; i++)
		list[i] = json_array_get(devices, i);
	qsort(list, n, sizeof(*list), compare);
	for (size_t i = 0; i < n; i++)
		json_array_append(sorted, list[i]);
	return sorted;
}

static char *join_names(const json_t *components)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	for (size_t i = 0; i < json_array_size(components); i++)
		fprintf(file, "%s%s", i > 0 ? ", " : "",
			reply_text(json_array_get(components, i), "name"));
	fclose(file);
	return text;
}

static void add_device(struct table *table, const json_t *device)
{
	cleanup(freep) char *names = join_names(json_object_get(device, "components"));
	const char *netns = reply_text(device, "netns"), *mode = reply_text(device, "mode");
	cleanup(freep) char *name = NULL;
	char generation[24];

	if (!names || asprintf(&name, "%s%s%s", reply_text(device, "ifname"), *netns ? " in " : "",
			       netns) < 0)
		abort();
	snprintf(generation, sizeof(generation), "%" PRIu64, reply_number(device, "generation"));
	table_add(table, name);
	table_add(table, reply_text(device, "state"));
	table_add(table, *mode ? mode : "-");
	table_add(table, generation);
	table_add(table, *names ? names : "-");
}

void status_show_brief(const json_t *devices)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	for (size_t i = 0; i < json_array_size(devices); i++)
		add_device(table, json_array_get(devices, i));
	table_print(table, stdout, terminal_width());
}

/* Prints "  fw: program 57 (xdp_fw), object sha256:..., maps blocked 12, hits 13". */
void status_show_details(const json_t *component)
{
	const json_t *maps = json_object_get(component, "maps");
	const char *object = reply_text(component, "object");

	printf("  %s: program ", reply_text(component, "name"));
	if (json_object_get(component, "prog_id"))
		printf("%" PRIu64 " (%s)", reply_number(component, "prog_id"),
		       reply_text(component, "prog_name"));
	else
		printf("%s, not loaded", reply_text(component, "prog_name"));
	printf(", %s%s", *object ? "object " : "adopted without its object", object);
	for (size_t i = 0; i < json_array_size(maps); i++)
		printf("%s %s %" PRIu64, i > 0 ? "," : ", maps",
		       reply_text(json_array_get(maps, i), "name"),
		       reply_number(json_array_get(maps, i), "id"));
	putchar('\n');
}
