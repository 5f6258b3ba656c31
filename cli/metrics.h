// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <jansson.h>
#include <stdbool.h>
#include <stdio.h>

/* The two text formats that monitoring systems read. */
enum metrics_format {
	METRICS_OPENMETRICS, /* OpenMetrics 1.0 */
	METRICS_PROMETHEUS, /* Prometheus' text format 0.0.4, which promtool and node_exporter read */
	METRICS_FORMAT_COUNT
};

/* "openmetrics" or "prometheus"; false: it is neither. */
bool metrics_format_parse(const char *text, enum metrics_format *ret);

/* The format's media type, for HTTP. */
const char *metrics_media_type(enum metrics_format format);

/* Prints the reply of the method Metrics. */
void metrics_print(FILE *file, const json_t *reply, enum metrics_format format);
