// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/inspect/text.h"

#include "base/cleanup.h"
#include "cli/show.h"
#include "cli/table.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static bool is_true(const json_t *object, const char *name)
{
	return json_is_true(json_object_get(object, name));
}

/* "a, b"; "-" for an empty list. */
static void add_list(struct table *table, const json_t *names)
{
	char text[256] = "";
	json_t *name;
	size_t i, length = 0;

	json_array_foreach(names, i, name)
	{
		if (length < sizeof(text))
			length += snprintf(text + length, sizeof(text) - length, "%s%s",
					   i ? ", " : "", json_string_value(name));
	}
	table_add(table, *text ? text : "-");
}

static void add_of(struct table *table, uint64_t number, uint64_t most)
{
	char text[48];

	snprintf(text, sizeof(text), "%" PRIu64 " of %" PRIu64, number, most);
	table_add(table, text);
}

static void end_table(struct table **table)
{
	table_print(*table, stdout, terminal_width());
	table_drop(table);
	putchar('\n');
}

static const char *kind_text(const json_t *program)
{
	static const char *const kinds[][2] = {
		{ "tail_callee", "tail callee" },
		{ "map_entry", "for map entries" },
		{ "other", "not XDP" },
	};

	for (size_t i = 0; i < array_size(kinds); i++)
		if (!strcmp(reply_text(program, "kind"), kinds[i][0]))
			return kinds[i][1];
	return is_true(program, "frags") ? "xdp, frags" : "xdp";
}

static void add_run_config(struct table *table, const json_t *program)
{
	const json_t *priority = json_object_get(program, "priority");
	char number[24] = "-";

	if (priority)
		snprintf(number, sizeof(number), "%" PRIu64, reply_number(program, "priority"));
	table_add(table, number);
	add_list(table, json_object_get(program, "proceed_on"));
}

static void show_programs(const json_t *programs)
{
	static const struct column columns[] = {
		{ "PROGRAM", COLUMN_LEFT, .narrow = 12 },
		{ "SECTION", COLUMN_LEFT, .narrow = 8 },
		{ "KIND", COLUMN_LEFT },
		{ "PRIO", COLUMN_RIGHT },
		{ "PROCEED-ON", COLUMN_LEFT },
		{ "INSTRUCTIONS", COLUMN_RIGHT },
		{ "FRAMES", COLUMN_RIGHT },
		{ "STACK", COLUMN_RIGHT },
		{ "USES", COLUMN_LEFT },
		{},
	};
	struct table *table = table_new(columns);
	json_t *program;
	size_t i;

	json_array_foreach(programs, i, program)
	{
		bool tail_calls = is_true(program, "tail_calls");
		bool callbacks = is_true(program, "callbacks");

		table_add(table, reply_text(program, "name"));
		table_add(table, reply_text(program, "section"));
		table_add(table, kind_text(program));
		add_run_config(table, program);
		table_add_number(table, reply_number(program, "instructions"));
		add_of(table, reply_number(program, "frames"), reply_number(program, "frames_max"));
		add_of(table, reply_number(program, "stack"), reply_number(program, "stack_max"));
		table_add(table, tail_calls && callbacks ? "tail calls, callbacks"
				 : tail_calls		 ? "tail calls"
				 : callbacks		 ? "callbacks"
							 : "-");
	}
	end_table(&table);
}

/* Leaves out functions that are whole programs. */
static void show_functions(const json_t *functions)
{
	static const struct column columns[] = {
		{ "FUNCTION", COLUMN_LEFT, .narrow = 12 }, { "LINKAGE", COLUMN_LEFT },
		{ "INSTRUCTIONS", COLUMN_RIGHT },	   { "STACK", COLUMN_RIGHT },
		{ "CALLS", COLUMN_LEFT, .narrow = 12 },	   {},
	};
	struct table *table = table_new(columns);
	json_t *function;
	size_t i;

	json_array_foreach(functions, i, function)
	{
		table_add(table, reply_text(function, "name"));
		table_add(table, reply_text(function, "linkage"));
		table_add_number(table, reply_number(function, "instructions"));
		table_add_number(table, reply_number(function, "stack"));
		add_list(table, json_object_get(function, "calls"));
	}
	end_table(&table);
}

static void show_maps(const json_t *maps)
{
	static const struct column columns[] = {
		{ "MAP", COLUMN_LEFT, .narrow = 12 }, { "TYPE", COLUMN_LEFT },
		{ "KEY", COLUMN_LEFT, .narrow = 8 },  { "VALUE", COLUMN_LEFT, .narrow = 8 },
		{ "ENTRIES", COLUMN_RIGHT },	      { "FLAGS", COLUMN_RIGHT },
		{ "PIN", COLUMN_LEFT, .narrow = 12 }, {},
	};
	static const char *const sides[][2] = { { "key", "key_type" }, { "value", "value_type" } };
	struct table *table = table_new(columns);
	json_t *map;
	size_t i;

	json_array_foreach(maps, i, map)
	{
		char text[256];

		table_add(table, reply_text(map, "name"));
		table_add(table, reply_text(map, "type"));
		for (size_t side = 0; side < array_size(sides); side++) {
			snprintf(text, sizeof(text), "%s (%" PRIu64 ")",
				 reply_text(map, sides[side][1]),
				 reply_number(map, sides[side][0]));
			table_add(table, *text == ' ' ? text + 1 : text);
		}
		table_add_number(table, reply_number(map, "entries"));
		snprintf(text, sizeof(text), "%#" PRIx64, reply_number(map, "flags"));
		table_add(table, text);
		table_add(table, json_object_get(map, "pin") ? reply_text(map, "pin") : "-");
	}
	end_table(&table);
}

static void show_variables(const json_t *variables)
{
	static const struct column columns[] = {
		{ "VARIABLE", COLUMN_LEFT, .narrow = 20 },
		{ "SECTION", COLUMN_LEFT },
		{ "BYTES", COLUMN_RIGHT },
		{ "VALUE", COLUMN_LEFT, .narrow = 12 },
		{},
	};
	struct table *table = table_new(columns);
	json_t *variable;
	size_t i;

	json_array_foreach(variables, i, variable)
	{
		table_add(table, reply_text(variable, "declaration"));
		table_add(table, reply_text(variable, "section"));
		table_add_number(table, reply_number(variable, "size"));
		table_add(table, reply_text(variable, "value"));
	}
	end_table(&table);
}

static bool call_helpers(const json_t *programs)
{
	json_t *program;
	size_t i;

	json_array_foreach(programs, i, program)
	{
		if (json_array_size(json_object_get(program, "helpers")) > 0)
			return true;
	}
	return false;
}

static void show_helpers(const json_t *programs)
{
	static const struct column columns[] = {
		{ "HELPER", COLUMN_LEFT },
		{ "SINCE", COLUMN_LEFT },
		{ "HERE", COLUMN_LEFT },
		{ "PROGRAM", COLUMN_LEFT },
		{},
	};
	struct table *table;
	json_t *program, *helper;
	size_t i, j;

	if (!call_helpers(programs))
		return;
	table = table_new(columns);
	json_array_foreach(programs, i, program)
	{
		json_array_foreach(json_object_get(program, "helpers"), j, helper)
		{
			const json_t *here = json_object_get(helper, "here");

			table_add(table, reply_text(helper, "name"));
			table_add(table, reply_text(helper, "since"));
			table_add(table, !here ? "?" : json_is_true(here) ? "yes" : "no");
			table_add(table, reply_text(program, "name"));
		}
	}
	end_table(&table);
}

static void show_kfunc(const json_t *kfunc)
{
	const char *state = reply_text(kfunc, "state");
	const char *since = reply_text(kfunc, "since");

	printf("kfunc %s", reply_text(kfunc, "name"));
	if (*since)
		printf(" (since Linux %s)", since);
	if (!strcmp(state, "resolved"))
		printf(": found in %s\n", reply_text(kfunc, "module"));
	else if (!strcmp(state, "different"))
		printf(": found with a different prototype\n"
		       "  the object declares: %s\n"
		       "  the kernel has:      %s\n",
		       reply_text(kfunc, "prototype"), reply_text(kfunc, "kernel_prototype"));
	else
		printf(": %s%s\n", *state ? state : "unknown, because the kernel provides no BTF",
		       is_true(kfunc, "weak") ? ", but optional (weak)" : "");
}

static void show_group(const json_t *group)
{
	json_t *member;
	size_t i;

	printf("%s one of", is_true(group, "exactly_one") ? "exactly" : "at least");
	json_array_foreach(json_object_get(group, "members"), i, member)
		printf("%s %s", i ? "," : "", json_string_value(member));
	printf(" is required (group '%s'): %s\n", reply_text(group, "name"),
	       is_true(group, "resolved")      ? "found"
	       : is_true(group, "exactly_one") ? "not found"
					       : "none found");
}

static void show_kfuncs(const json_t *inspected)
{
	const json_t *kfuncs = json_object_get(inspected, "kfuncs");
	json_t *item;
	size_t i;

	json_array_foreach(kfuncs, i, item) show_kfunc(item);
	json_array_foreach(json_object_get(inspected, "groups"), i, item) show_group(item);
	if (json_array_size(kfuncs))
		putchar('\n');
}

static void show_policy_functions(const json_t *inspected)
{
	static const char *const lists[][3] = {
		{ "needs", "needs", "of its policy" },
		{ "offers", "offers", "to components, as a policy" },
	};
	json_t *function;
	size_t j, count = 0;

	for (size_t i = 0; i < array_size(lists); i++) {
		const json_t *list = json_object_get(inspected, lists[i][0]);

		json_array_foreach(list, j, function) printf(
			"%s %s %s\n", lists[i][1], reply_text(function, "prototype"), lists[i][2]);
		count += json_array_size(list);
	}
	if (count)
		putchar('\n');
}

/* Prints a sentence, and the lines below it. */
static void show_blocker(const json_t *blocker)
{
	const char *line = reply_text(blocker, "detail");

	printf("  %s\n", reply_text(blocker, "message"));
	while (*line) {
		int length = strcspn(line, "\n");

		printf("      %.*s\n", length, line);
		line += length + (line[length] == '\n');
	}
}

static void show_verdict(const char *name, const json_t *blockers, const char *otherwise)
{
	json_t *blocker;
	size_t i;

	if (json_array_size(blockers) == 0)
		printf("%s can be attached: %s\n", name, otherwise);
	else
		printf("%s cannot be attached:\n", name);
	json_array_foreach(blockers, i, blocker) show_blocker(blocker);
}

static void show_program_answer(const json_t *program)
{
	const char *found = "no obstacle found (the program was not loaded)";
	const char *name = reply_text(program, "name");
	json_t *note;
	char taken[100];
	size_t i;

	if (json_object_get(program, "verified")) {
		snprintf(taken, sizeof(taken),
			 "the verifier accepted it after processing %" PRIu64 " instructions",
			 reply_number(program, "verified"));
		found = taken;
	}
	show_verdict(name, json_object_get(program, "obstacles"), found);
	if (json_array_size(json_object_get(program, "obstacles")) > 0)
		return;
	json_array_foreach(json_object_get(program, "notes"), i, note)
		printf("  %s\n", json_string_value(note));
}

/* Prints the answer for the program that attach would choose; if there are several, for each. */
static void show_answer(const json_t *inspected)
{
	const char *chosen = reply_text(inspected, "program");
	json_t *program;
	size_t i;

	json_array_foreach(json_object_get(inspected, "programs"), i, program)
	{
		if (json_object_get(program, "obstacles") &&
		    (!*chosen || !strcmp(reply_text(program, "name"), chosen)))
			show_program_answer(program);
	}
	if (!*chosen)
		show_verdict(reply_text(inspected, "file"), json_object_get(inspected, "obstacles"),
			     "");
}

void inspect_show(const json_t *inspected)
{
	static const struct {
		const char *name;
		void (*show)(const json_t *list);
	} lists[] = {
		{ "programs", show_programs }, { "functions", show_functions },
		{ "maps", show_maps },	       { "variables", show_variables },
		{ "programs", show_helpers },
	};

	printf("%s, checked for kernel %s\n\n", reply_text(inspected, "file"),
	       reply_text(inspected, "kernel"));
	for (size_t i = 0; i < array_size(lists); i++) {
		const json_t *list = json_object_get(inspected, lists[i].name);

		if (json_array_size(list) > 0)
			lists[i].show(list);
	}
	show_kfuncs(inspected);
	show_policy_functions(inspected);
	show_answer(inspected);
}
