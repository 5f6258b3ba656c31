// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/top/view.h"

#include "base/cleanup.h"
#include "cli/rates-text.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define DEVICE_WIDTH	10
#define COMPONENT_WIDTH 12 /* at least */
#define NUMBERS_WIDTH	56 /* seven columns of eight characters */

static const char *const sorts[] = {
	[SORT_PACKETS] = "packets",
	[SORT_DROPS] = "drops",
	[SORT_NAME] = "name",
};
static_assert(array_size(sorts) == SORT_COUNT, "every order has a name");

bool view_sort_parse(const char *text, enum view_sort *ret)
{
	for (size_t i = 0; i < array_size(sorts); i++) {
		if (strcmp(sorts[i], text) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

const char *view_sort_name(enum view_sort sort)
{
	return sorts[sort];
}

static int compare_numbers(double a, double b)
{
	return (a < b) - (a > b);
}

/* Equal devices have a fixed order, so lines do not jump. */
static int compare_names(const void *a, const void *b)
{
	const struct device_rates *first = a, *second = b;

	return strcmp(first->netns, second->netns) ?: strverscmp(first->ifname, second->ifname);
}

static int compare_packets(const void *a, const void *b)
{
	const struct device_rates *first = a, *second = b;

	return compare_numbers(first->rates.run, second->rates.run) ?: compare_names(a, b);
}

static int compare_drops(const void *a, const void *b)
{
	const struct device_rates *first = a, *second = b;

	return compare_numbers(first->rates.terminate[VERDICT_DROP],
			       second->rates.terminate[VERDICT_DROP])
		       ?: compare_names(a, b);
}

static int compare_component_drops(const void *a, const void *b)
{
	const struct view_line *first = a, *second = b;

	return compare_numbers(first->component->rates.terminate[VERDICT_DROP],
			       second->component->rates.terminate[VERDICT_DROP])
		       ?: (first->component > second->component) -
				  (first->component < second->component);
}

static int (*const comparisons[])(const void *, const void *) = {
	[SORT_PACKETS] = compare_packets,
	[SORT_DROPS] = compare_drops,
	[SORT_NAME] = compare_names,
};

static void add_device(struct view *view, const struct device_rates *device, enum view_sort sort,
		       const char *filter)
{
	bool all = strstr(device->ifname, filter);
	size_t first = view->n_lines + 1;

	view->lines[view->n_lines++] = (struct view_line){ device, NULL };
	for (size_t i = 0; i < device->n_components; i++)
		if (all || strstr(device->components[i].name, filter))
			view->lines[view->n_lines++] = (struct view_line){ device,
									   &device->components[i] };
	if (!all && view->n_lines == first)
		view->n_lines--;
	else if (sort == SORT_DROPS)
		qsort(&view->lines[first], view->n_lines - first, sizeof(*view->lines),
		      compare_component_drops);
}

void view_init(struct view *ret, struct rates_list *list, enum view_sort sort, const char *filter)
{
	size_t n_max = 1;

	for (size_t i = 0; i < list->n_devices; i++)
		n_max += 1 + list->devices[i].n_components;
	*ret = (struct view){ .lines = calloc(n_max, sizeof(*ret->lines)) };
	if (!ret->lines)
		abort();
	qsort(list->devices, list->n_devices, sizeof(*list->devices), comparisons[sort]);
	for (size_t i = 0; i < list->n_devices; i++)
		add_device(ret, &list->devices[i], sort, filter);
}

void view_done(struct view *view)
{
	free(view->lines);
	*view = (struct view){};
}

static int component_width(size_t width)
{
	size_t fixed = DEVICE_WIDTH + 1 + NUMBERS_WIDTH;

	return width > fixed + COMPONENT_WIDTH ? (int)(width - fixed) : COMPONENT_WIDTH;
}

static char *cut(char *text, size_t width)
{
	if (strlen(text) > width)
		text[width] = '\0';
	return text;
}

char *view_heading(bool has_latency, size_t width)
{
	int wide = component_width(width);
	char *text;

	if (asprintf(&text, "%-*s %-*s%8s%8s%8s%8s%8s%8s%8s", DEVICE_WIDTH, "DEVICE", wide,
		     "COMPONENT", "PKTS/S", "SHARE", "ABORTED", "DROP", "PASS",
		     has_latency ? "P50" : "TX", has_latency ? "P99" : "REDIR") < 0)
		abort();
	return cut(text, width);
}

/* The latencies of a component, or "" twice. */
static void format_latency(const struct view_line *line, char p50[static RATE_TEXT_MAX],
			   char p99[static RATE_TEXT_MAX])
{
	const struct latency *latency = line->component ? &line->component->latency : NULL;

	*p50 = *p99 = '\0';
	if (!latency)
		return;
	latency_format(latency, latency->p50_ns, p50);
	latency_format(latency, latency->p99_ns, p99);
}

char *view_format(const struct view_line *line, bool has_latency, size_t width)
{
	const struct rates *rates = line->component ? &line->component->rates
						    : &line->device->rates;
	cleanup(freep) char *title = line->component ? strdup("") : device_title(line->device);
	const char *name = line->component ? line->component->name : "";
	char run[RATE_TEXT_MAX], share[RATE_TEXT_MAX], verdicts[VERDICT_COUNT][RATE_TEXT_MAX];
	int wide = component_width(width);
	int title_width = *name ? DEVICE_WIDTH : DEVICE_WIDTH + 1 + wide;
	char *text;

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		rate_format(rates->terminate[verdict], verdicts[verdict]);
	if (has_latency)
		format_latency(line, verdicts[VERDICT_TX], verdicts[VERDICT_REDIRECT]);
	if (asprintf(&text, "%-*.*s%s%-*.*s%8s%8s%8s%8s%8s%8s%8s", title_width, title_width,
		     title ?: "", *name ? " " : "", *name ? wide : 0, *name ? wide : 0, name,
		     rate_format(rates->run, run),
		     share_format(rates->run, line->device->rates.run, share),
		     verdicts[VERDICT_ABORTED], verdicts[VERDICT_DROP], verdicts[VERDICT_PASS],
		     verdicts[VERDICT_TX], verdicts[VERDICT_REDIRECT]) < 0)
		abort();
	return cut(text, width);
}
