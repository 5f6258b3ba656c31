// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/metrics.h"

#include "base/cleanup.h"
#include "base/verdict.h"
#include "cli/show.h"

#include <assert.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static const struct {
	const char *name;
	const char *media_type;
} formats[] = {
	[METRICS_OPENMETRICS] = { "openmetrics",
				  "application/openmetrics-text; version=1.0.0; charset=utf-8" },
	[METRICS_PROMETHEUS] = { "prometheus", "text/plain; version=0.0.4; charset=utf-8" },
};
static_assert(array_size(formats) == METRICS_FORMAT_COUNT, "every format has a name");

bool metrics_format_parse(const char *text, enum metrics_format *ret)
{
	for (size_t i = 0; i < array_size(formats); i++) {
		if (strcmp(formats[i].name, text) != 0)
			continue;
		*ret = i;
		return true;
	}
	return false;
}

const char *metrics_media_type(enum metrics_format format)
{
	return formats[format].media_type;
}

/* The object of a sample, and its labels, which are formatted once and used by many metrics. */
struct subject {
	const json_t *json;
	char *labels; /* `{device="eth0",netns=""`, not closed */
};

/* The data of all samples. */
struct figures {
	const json_t *reply;
	size_t n_devices, n_components;
	struct subject *devices, *components;
};

/* A metric; the names of its samples are `name` and a suffix that depends on the type. */
struct family {
	const char *name;
	const struct family_type *type;
	const char *help;
	void (*print)(FILE *file, const struct family *family, const struct figures *figures);
};

/* The suffix of a type's samples, and what Prometheus' own format calls the type. */
static const struct family_type {
	const char *name;
	const char *suffix;
	const char *in_prometheus;
} counter = { "counter", "_total", "counter" }, gauge = { "gauge", "", "gauge" },
  histogram = { "histogram", "", "histogram" }, info = { "info", "_info", "gauge" };

/*
 * Writes strings up to the first NULL. A thousand devices have a hundred thousand lines, and fprintf(3) is
 * slow.
 */
__attribute__((sentinel)) static void put(FILE *file, const char *text, ...)
{
	va_list arguments;

	va_start(arguments, text);
	for (; text; text = va_arg(arguments, const char *))
		fputs_unlocked(text, file);
	va_end(arguments);
}

/* Writes the number and a line end. */
static void put_number(FILE *file, uint64_t number)
{
	char text[24], *begin = text + sizeof(text);

	*--begin = '\n';
	do
		*--begin = '0' + number % 10;
	while (number /= 10);
	fwrite_unlocked(begin, 1, text + sizeof(text) - begin, file);
}

static void put_label(FILE *file, const char *name, const char *value)
{
	put(file, name, "=\"", NULL);
	for (; *value; value++) {
		if (*value == '\n')
			put(file, "\\n", NULL);
		else if (*value == '"' || *value == '\\')
			put(file, *value == '"' ? "\\\"" : "\\\\", NULL);
		else
			putc_unlocked(*value, file);
	}
	put(file, "\"", NULL);
}

/* The caller frees them. `component` is NULL for the device itself. */
static char *make_labels(const json_t *device, const json_t *component)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	put(file, "{", NULL);
	put_label(file, "device", reply_text(device, "ifname"));
	put(file, ",", NULL);
	put_label(file, "netns", reply_text(device, "netns"));
	if (component) {
		put(file, ",", NULL);
		put_label(file, "component", reply_text(component, "name"));
	}
	if (fclose(file) != 0)
		abort();
	return text;
}

static void add_device(struct figures *figures, const json_t *device)
{
	const json_t *components = json_object_get(device, "components");
	json_t *component;
	size_t i;

	figures->devices[figures->n_devices++] = (struct subject){ device,
								   make_labels(device, NULL) };
	json_array_foreach(components, i, component) figures->components[figures->n_components++] =
		(struct subject){ component, make_labels(device, component) };
}

static void figures_init(struct figures *ret, const json_t *reply)
{
	const json_t *devices = json_object_get(reply, "devices");
	size_t n_components = 0;
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
		n_components += json_array_size(json_object_get(device, "components"));
	*ret = (struct figures){
		.reply = reply,
		.devices = calloc(json_array_size(devices) + 1, sizeof(struct subject)),
		.components = calloc(n_components + 1, sizeof(struct subject)),
	};
	if (!ret->devices || !ret->components)
		abort();
	json_array_foreach(devices, i, device) add_device(ret, device);
}

static void figures_done(struct figures *figures)
{
	while (figures->n_devices > 0)
		free(figures->devices[--figures->n_devices].labels);
	while (figures->n_components > 0)
		free(figures->components[--figures->n_components].labels);
	free(figures->devices);
	free(figures->components);
}

static void print_build(FILE *file, const struct family *family, const struct figures *figures)
{
	put(file, family->name, "_info{", NULL);
	put_label(file, "version", reply_text(figures->reply, "version"));
	put(file, "} 1\n", NULL);
}

static void print_states(FILE *file, const struct family *family, const struct subject *subjects,
			 size_t count)
{
	for (size_t i = 0; i < count; i++)
		put(file, family->name, subjects[i].labels, ",state=\"",
		    reply_text(subjects[i].json, "state"), "\"} 1\n", NULL);
}

static void print_device_states(FILE *file, const struct family *family,
				const struct figures *figures)
{
	print_states(file, family, figures->devices, figures->n_devices);
}

static void print_component_states(FILE *file, const struct family *family,
				   const struct figures *figures)
{
	print_states(file, family, figures->components, figures->n_components);
}

/* Writes a metric that is one number of each device that has it. */
static void print_device_numbers(FILE *file, const struct family *family,
				 const struct figures *figures, const char *member)
{
	for (size_t i = 0; i < figures->n_devices; i++) {
		const struct subject *device = &figures->devices[i];

		if (!json_object_get(device->json, member))
			continue;
		put(file, family->name, device->labels, "} ", NULL);
		put_number(file, reply_number(device->json, member));
	}
}

static void print_generations(FILE *file, const struct family *family,
			      const struct figures *figures)
{
	print_device_numbers(file, family, figures, "generation");
}

static void print_unconfirmed(FILE *file, const struct family *family,
			      const struct figures *figures)
{
	print_device_numbers(file, family, figures, "unconfirmed");
}

/* If a component proceeds on several verdicts, it is not counted which of them it returned. */
static const char *proceed_verdict(const json_t *component)
{
	const json_t *verdicts = json_object_get(component, "proceed_on");

	return json_array_size(verdicts) == 1 ? json_string_value(json_array_get(verdicts, 0))
					      : "any";
}

static void print_packets_of(FILE *file, const struct family *family,
			     const struct subject *component)
{
	const json_t *counters = json_object_get(component->json, "counters");
	const json_t *terminate = json_object_get(counters, "terminate");

	if (!counters)
		return;
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++) {
		const char *name = verdict_name(verdict);

		put(file, family->name, "_total", component->labels, ",verdict=\"", name,
		    "\",outcome=\"leave\"} ", NULL);
		put_number(file, reply_number(terminate, name));
	}
	put(file, family->name, "_total", component->labels, ",verdict=\"",
	    proceed_verdict(component->json), "\",outcome=\"proceed\"} ", NULL);
	put_number(file, reply_number(counters, "proceed"));
}

static void print_packets(FILE *file, const struct family *family, const struct figures *figures)
{
	for (size_t i = 0; i < figures->n_components; i++)
		print_packets_of(file, family, &figures->components[i]);
}

static void print_overruled(FILE *file, const struct family *family, const struct figures *figures)
{
	for (size_t i = 0; i < figures->n_components; i++) {
		const struct subject *component = &figures->components[i];
		const json_t *counters = json_object_get(component->json, "counters");

		if (!counters)
			continue;
		put(file, family->name, "_total", component->labels, "} ", NULL);
		put_number(file, reply_number(counters, "overruled"));
	}
}

static void print_changes(FILE *file, const struct family *family, const struct figures *figures)
{
	static const char *const results[] = { "succeeded", "failed" };
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(figures->reply, "changes"), i, change)
	{
		for (size_t j = 0; j < array_size(results); j++) {
			put(file, family->name, "_total{kind=\"", reply_text(change, "kind"),
			    "\",result=\"", results[j], "\"} ", NULL);
			put_number(file, reply_number(change, results[j]));
		}
	}
}

/* Seconds with at least one digit after the point, as OpenMetrics requires for bounds. */
static void put_bound(FILE *file, const json_t *bucket)
{
	uint64_t usec = reply_number(bucket, "usec");
	char text[32];
	size_t length;

	if (!json_object_get(bucket, "usec")) {
		put(file, "+Inf", NULL);
		return;
	}
	length = snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, usec / 1000000,
			  usec % 1000000);
	while (text[length - 1] == '0' && text[length - 2] != '.')
		text[--length] = '\0';
	put(file, text, NULL);
}

static void print_durations(FILE *file, const struct family *family, const struct figures *figures)
{
	uint64_t count = 0;
	json_t *bucket;
	size_t i;

	json_array_foreach(json_object_get(figures->reply, "durations"), i, bucket)
	{
		count += reply_number(bucket, "count");
		put(file, family->name, "_bucket{le=\"", NULL);
		put_bound(file, bucket);
		put(file, "\"} ", NULL);
		put_number(file, count);
	}
	fprintf(file, "%s_sum %.6f\n%s_count %" PRIu64 "\n", family->name,
		reply_number(figures->reply, "durations_usec") / 1e6, family->name, count);
}

static void print_restored(FILE *file, const struct family *family, const struct figures *figures)
{
	put(file, family->name, "_total ", NULL);
	put_number(file, reply_number(figures->reply, "restored"));
}

static const struct family families[] = {
	{ "xdpd_build", &info, "Version of the daemon.", print_build },
	{ "xdpd_device_state", &gauge, "1 for the state that the device is in.",
	  print_device_states },
	{ "xdpd_generation", &gauge, "Generation of the device's chain.", print_generations },
	{ "xdpd_unconfirmed_seconds", &gauge,
	  "Seconds until the unconfirmed change of the device is rolled back.", print_unconfirmed },
	{ "xdpd_component_state", &gauge, "1 for the state that the component is in.",
	  print_component_states },
	{ "xdpd_component_packets", &counter,
	  "Packets that a component let proceed, or with which it left the chain.", print_packets },
	{ "xdpd_component_overruled_packets", &counter,
	  "Packets for which the component returned a verdict that it may not return.",
	  print_overruled },
	{ "xdpd_changes", &counter, "Changes since the daemon started.", print_changes },
	{ "xdpd_change_duration_seconds", &histogram, "How long changes took.", print_durations },
	{ "xdpd_chain_restored", &counter,
	  "Chains that were attached again after they were detached from outside xdpd.",
	  print_restored },
};

void metrics_print(FILE *file, const json_t *reply, enum metrics_format format)
{
	cleanup(figures_done) struct figures figures;

	figures_init(&figures, reply);
	for (size_t i = 0; i < array_size(families); i++) {
		const struct family *family = &families[i];
		bool is_open = format == METRICS_OPENMETRICS;
		const char *suffix = is_open ? "" : family->type->suffix;

		fprintf(file, "# HELP %s%s %s\n# TYPE %s%s %s\n", family->name, suffix,
			family->help, family->name, suffix,
			is_open ? family->type->name : family->type->in_prometheus);
		family->print(file, family, &figures);
	}
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", file);
}
