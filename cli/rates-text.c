// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/rates-text.h"

#include "base/cleanup.h"
#include "cli/table.h"

#include <string.h>

/* The last two are only for latencies. */
static const struct column all_columns[] = {
	{ "DEVICE", COLUMN_LEFT, .narrow = 8 },
	{ "COMPONENT", COLUMN_LEFT, .narrow = 8 },
	{ "PACKETS/S", COLUMN_RIGHT },
	{ "SHARE", COLUMN_RIGHT },
	{ "PROCEED", COLUMN_RIGHT },
	{ "ABORTED", COLUMN_RIGHT },
	{ "DROP", COLUMN_RIGHT },
	{ "PASS", COLUMN_RIGHT },
	{ "TX", COLUMN_RIGHT },
	{ "REDIRECT", COLUMN_RIGHT },
	{ "P50", COLUMN_RIGHT },
	{ "P99", COLUMN_RIGHT },
	{},
};
#define N_RATE_COLUMNS (array_size(all_columns) - 3)

char *rate_format(double rate, char text[static RATE_TEXT_MAX])
{
	static const char *const units[] = { "", "M", "G", "T" };
	size_t unit = 0;

	/* Up to six digits, then three or four of a larger unit, one after the point: "999999", "12.3M". */
	for (double limit = 999999.5; rate >= limit && unit + 1 < array_size(units);
	     limit = 999.95) {
		rate /= unit ? 1000 : 1e6;
		unit++;
	}
	snprintf(text, RATE_TEXT_MAX, unit > 0 || (rate > 0 && rate < 9.95) ? "%.1f%s" : "%.0f%s",
		 rate, units[unit]);
	return text;
}

char *latency_format(const struct latency *latency, unsigned int ns,
		     char text[static RATE_TEXT_MAX])
{
	if (!latency->n_samples)
		strcpy(text, "-");
	else if (ns < 10000)
		snprintf(text, RATE_TEXT_MAX, "%uns", ns);
	else if (ns < 999950)
		snprintf(text, RATE_TEXT_MAX, "%.1fus", ns / 1e3);
	else if (ns < 999950000)
		snprintf(text, RATE_TEXT_MAX, "%.1fms", ns / 1e6);
	else
		snprintf(text, RATE_TEXT_MAX, "%.1fs", ns / 1e9);
	return text;
}

char *share_format(double part, double whole, char text[static RATE_TEXT_MAX])
{
	if (whole > 0)
		snprintf(text, RATE_TEXT_MAX, "%.0f%%", part / whole * 100);
	else
		strcpy(text, "-");
	return text;
}

char *device_title(const struct device_rates *device)
{
	const char *slash = strrchr(device->netns, '/');
	char *title;

	if (asprintf(&title, "%s%s%s", device->ifname, *device->netns ? " in " : "",
		     slash ? slash + 1 : device->netns) < 0)
		abort();
	return title;
}

static void add_rates(struct table *table, const struct rates *rates, double whole, bool is_device)
{
	char text[RATE_TEXT_MAX];

	table_add(table, rate_format(rates->run, text));
	table_add(table, share_format(rates->run, whole, text));
	table_add(table, is_device ? "" : rate_format(rates->proceed, text));
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		table_add(table, rate_format(rates->terminate[verdict], text));
}

static void add_latency(struct table *table, const struct latency *latency)
{
	char text[RATE_TEXT_MAX];

	table_add(table, latency_format(latency, latency->p50_ns, text));
	table_add(table, latency_format(latency, latency->p99_ns, text));
}

static void add_component(struct table *table, const struct component_rates *component,
			  double whole)
{
	table_add(table, "");
	table_add(table, component->name);
	if (component->is_counted)
		add_rates(table, &component->rates, whole, false);
	for (size_t i = 2; !component->is_counted && i < N_RATE_COLUMNS; i++)
		table_add(table, "-");
}

static void add_device(struct table *table, const struct device_rates *device, bool has_latency)
{
	cleanup(freep) char *title = device_title(device);

	table_add(table, title);
	table_add(table, "");
	add_rates(table, &device->rates, device->rates.run, true);
	for (size_t i = 0; has_latency && i < 2; i++)
		table_add(table, "");
	for (size_t i = 0; i < device->n_components; i++) {
		add_component(table, &device->components[i], device->rates.run);
		if (has_latency)
			add_latency(table, &device->components[i].latency);
	}
}

void rates_print(FILE *file, const struct rates_list *list, size_t width)
{
	struct column columns[array_size(all_columns)] = {};
	cleanup(table_drop) struct table *table = NULL;

	memcpy(columns, all_columns,
	       (list->has_latency ? array_size(all_columns) : N_RATE_COLUMNS) * sizeof(*columns));
	table = table_new(columns);
	for (size_t i = 0; i < list->n_devices; i++)
		add_device(table, &list->devices[i], list->has_latency);
	table_print(table, file, width);
}
