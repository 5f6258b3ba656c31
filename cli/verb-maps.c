// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "only this device (repeatable)" },
	OPTION_NETNS,
	{},
};

static const struct column columns[] = {
	{ "ID", COLUMN_RIGHT },	      { "TYPE", COLUMN_LEFT },	   { "KEY", COLUMN_RIGHT },
	{ "VALUE", COLUMN_RIGHT },    { "ENTRIES", COLUMN_RIGHT }, { "MEMORY", COLUMN_RIGHT },
	{ "COMPONENT", COLUMN_LEFT }, { "MAP", COLUMN_LEFT },	   {},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct maps_request *request = userdata;

	if (invocation->operands[0])
		request->name = strdup(invocation->operands[0]);
	return EXIT_DONE;
}

static void add_holder(struct table *table, const json_t *map, const json_t *holder)
{
	static const char *const numbers[] = { "key_size", "value_size", "max_entries", "memory" };
	char id[24], component[200];

	snprintf(id, sizeof(id), "%" PRIu64, reply_number(map, "id"));
	snprintf(component, sizeof(component), "%s/%s", reply_text(holder, "ifname"),
		 reply_text(holder, "component"));
	table_add(table, id);
	table_add(table, reply_text(map, "type"));
	for (size_t i = 0; i < array_size(numbers); i++)
		table_add_number(table, reply_number(map, numbers[i]));
	table_add(table, component);
	table_add(table, reply_text(holder, "name"));
}

/* Shows the owner of a pin, unless only root can open it. */
static void show_pin(const json_t *holder)
{
	uint64_t uid = reply_number(holder, "uid"), gid = reply_number(holder, "gid");
	const char *mode = reply_text(holder, "mode");

	if (!json_object_get(holder, "pin"))
		return;
	printf("  %s", reply_text(holder, "pin"));
	if (uid || gid || strcmp(mode, "600") != 0)
		printf(", owner %" PRIu64 ":%" PRIu64 ", mode %s", uid, gid, mode);
	putchar('\n');
}

static void show(const json_t *parameters)
{
	const json_t *maps = json_object_get(parameters, "maps");
	cleanup(table_drop) struct table *table = table_new(columns);
	const json_t *holders, *map, *holder;
	size_t i, j;

	if (json_array_size(maps) == 0) {
		printf("no maps\n");
		return;
	}
	json_array_foreach((json_t *)maps, i, map)
	{
		holders = json_object_get(map, "holders");
		json_array_foreach((json_t *)holders, j, holder) add_holder(table, map, holder);
	}
	table_print(table, stdout, terminal_width());
	printf("pins:\n");
	json_array_foreach((json_t *)maps, i, map)
	{
		holders = json_object_get(map, "holders");
		json_array_foreach((json_t *)holders, j, holder)
		{
			show_pin(holder);
		}
	}
}

const struct verb verb_maps = {
	.name = "maps",
	.operands = { "[NAME]" },
	.summary = "List the maps of components, who shares them and where they are pinned.",
	.method = METHOD_MAPS,
	.options = options,
	.prepare = prepare,
	.show = show,
};
