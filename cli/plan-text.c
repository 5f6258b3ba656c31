// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/plan-text.h"

#include "base/cleanup.h"
#include "cli/show.h"
#include "ipc/interface.h"

#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

/* Enough of a digest to identify it. */
static const char *shorten(const char *value, char text[static 24])
{
	if (strncmp(value, OBJECT_SHA256, strlen(OBJECT_SHA256)) != 0)
		return value;
	snprintf(text, 24, "%.19s", value);
	return text;
}

static void show_differences(const json_t *differences)
{
	json_t *difference;
	size_t i;

	json_array_foreach(differences, i, difference)
	{
		const char *before = reply_text(difference, "before");
		const char *after = reply_text(difference, "after");
		char short_before[24], short_after[24];

		printf("%s%s ", i ? ", " : "", reply_text(difference, "field"));
		if (*before)
			printf("%s -> ", shorten(before, short_before));
		printf("%s", *after ? shorten(after, short_after) : "none");
	}
}

static char sign_of(const char *action)
{
	static const struct {
		const char *action;
		char sign;
	} signs[] = { { "add", '+' }, { "replace", '~' }, { "set", '~' }, { "remove", '-' } };

	for (size_t i = 0; i < array_size(signs); i++)
		if (!strcmp(signs[i].action, action))
			return signs[i].sign;
	return ' ';
}

static void show_step(const json_t *step)
{
	const char *action = reply_text(step, "action");
	const json_t *differences = json_object_get(step, "differences");
	bool says_more = json_array_size(differences) > 0;

	printf("  %c %-7s %s%s", sign_of(action), action, reply_text(step, "name"),
	       says_more ? ": " : "");
	show_differences(differences);
	if (json_object_get(step, "verified"))
		printf("; loads (%" PRIu64 " instructions verified)",
		       reply_number(step, "verified"));
	putchar('\n');
}

static void show_plan(const json_t *plan)
{
	const json_t *differences = json_object_get(plan, "differences");
	const char *ifname = reply_text(plan, "ifname");
	json_t *item;
	size_t i;

	printf("%s", ifname);
	if (json_object_get(plan, "netns"))
		printf(" in %s", reply_text(plan, "netns"));
	printf(": generation %" PRIu64, reply_number(plan, "generation"));
	if (!json_is_true(json_object_get(plan, "changes")))
		printf(", nothing to do\n");
	else {
		fputs(json_array_size(differences) ? ", " : "", stdout);
		show_differences(differences);
		putchar('\n');
		json_array_foreach(json_object_get(plan, "steps"), i, item) show_step(item);
	}
	json_array_foreach(json_object_get(plan, "warnings"), i, item)
		printf("  warning: %s\n", json_string_value(item));
}

/* Counts changes to components, and devices that get other settings. */
struct plan_counts {
	size_t n_add, n_change, n_remove, n_devices;
};

static void count_step(struct plan_counts *counts, const json_t *step)
{
	switch (sign_of(reply_text(step, "action"))) {
	case '+':
		counts->n_add++;
		break;
	case '~':
		counts->n_change++;
		break;
	case '-':
		counts->n_remove++;
		break;
	}
}

static void count_plan(struct plan_counts *counts, const json_t *plan)
{
	json_t *step;
	size_t i;

	counts->n_devices += json_array_size(json_object_get(plan, "differences")) > 0;
	json_array_foreach(json_object_get(plan, "steps"), i, step) count_step(counts, step);
}

/* "2 to add, 1 to change, 1 to remove" */
static void show_counts(const struct plan_counts *counts)
{
	printf("%zu to add, %zu to change, %zu to remove", counts->n_add, counts->n_change,
	       counts->n_remove);
	if (counts->n_devices)
		printf("; settings of %zu device%s to change", counts->n_devices,
		       counts->n_devices > 1 ? "s" : "");
	putchar('\n');
}

void plans_show(const json_t *parameters, bool with_counts)
{
	struct plan_counts counts = {};
	json_t *plan;
	size_t i;

	json_array_foreach(json_object_get(parameters, "plan"), i, plan)
	{
		show_plan(plan);
		count_plan(&counts, plan);
	}
	if (with_counts)
		show_counts(&counts);
}

bool plans_change_anything(const json_t *parameters)
{
	json_t *plan;
	size_t i;

	json_array_foreach(json_object_get(parameters, "plan"), i, plan)
	{
		if (json_is_true(json_object_get(plan, "changes")))
			return true;
	}
	return false;
}
