// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/rates.h"

#include <stdio.h>

enum view_sort { SORT_PACKETS, SORT_DROPS, SORT_NAME, SORT_COUNT };

/* "packets", "drops" or "name"; false: it is not one of them. */
bool view_sort_parse(const char *text, enum view_sort *ret);
const char *view_sort_name(enum view_sort sort);

/* A line of the screen: a component, or, without a component, a whole device. */
struct view_line {
	const struct device_rates *device;
	const struct component_rates *component; /* NULL: the whole device */
};

struct view {
	size_t n_lines;
	struct view_line *lines;
};

/*
 * Orders the devices of the list, and the components under each device: by drops if that is the order,
 * otherwise as in the chain. With a filter only names that contain it are shown; a device whose name contains
 * it keeps all its components. Free with view_done(), before the list.
 */
void view_init(struct view *ret, struct rates_list *list, enum view_sort sort, const char *filter);
void view_done(struct view *view);

/*
 * The heading and a line, at most `width` bytes wide; the rest of the width is for the names. With latencies, these
 * are in place of tx and redirect. The caller frees them.
 */
char *view_heading(bool has_latency, size_t width);
char *view_format(const struct view_line *line, bool has_latency, size_t width);
