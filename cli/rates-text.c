// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/rates-text.h"

#include "base/cleanup.h"
#include "cli/table.h"

#include <string.h>

static const struct column columns[] = {
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
	{},
};

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

static void add_device(struct table *table, const struct device_rates *device)
{
	cleanup(freep) char *title = device_title(device);

	table_add(table, title);
	table_add(table, "");
	add_rates(table, &device->rates, device->rates.run, true);
	for (size_t i = 0; i < device->n_components; i++) {
		const struct component_rates *component = &device->components[i];

		table_add(table, "");
		table_add(table, component->name);
		if (component->is_counted)
			add_rates(table, &component->rates, device->rates.run, false);
		for (size_t j = 2; !component->is_counted && columns[j].heading; j++)
			table_add(table, "-");
	}
}

void rates_print(FILE *file, const struct rates_list *list, size_t width)
{
	cleanup(table_drop) struct table *table = table_new(columns);

	for (size_t i = 0; i < list->n_devices; i++)
		add_device(table, &list->devices[i]);
	table_print(table, file, width);
}
