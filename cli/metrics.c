#include "cli/metrics.h"

#include "base/cleanup.h"
#include "base/verdict.h"
#include "cli/show.h"

#include <assert.h>
#include <inttypes.h>
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

/* A metric: its samples are `name` and what the type adds to it. */
struct family {
	const char *name;
	const struct family_type *type;
	const char *help;
	void (*print)(FILE *file, const struct family *family, const json_t *reply);
};

/* What the samples of a type are called, and what Prometheus calls the type if it has no such. */
static const struct family_type {
	const char *name;
	const char *suffix;
	const char *in_prometheus;
} counter = { "counter", "_total", "counter" }, gauge = { "gauge", "", "gauge" },
  histogram = { "histogram", "", "histogram" }, info = { "info", "_info", "gauge" };

static void print_label(FILE *file, const char *name, const char *value)
{
	fprintf(file, "%s=\"", name);
	for (; *value; value++) {
		if (*value == '\n')
			fputs("\\n", file);
		else if (*value == '"' || *value == '\\')
			fprintf(file, "\\%c", *value);
		else
			putc(*value, file);
	}
	putc('"', file);
}

/* {device="eth0",netns="",component="fw"; to be freed. `component` is NULL for the device itself. */
static char *begin_labels(const json_t *device, const json_t *component)
{
	char *text = NULL;
	size_t size;
	FILE *file = open_memstream(&text, &size);

	if (!file)
		abort();
	putc('{', file);
	print_label(file, "device", reply_text(device, "ifname"));
	putc(',', file);
	print_label(file, "netns", reply_text(device, "netns"));
	if (component) {
		putc(',', file);
		print_label(file, "component", reply_text(component, "name"));
	}
	fclose(file);
	return text;
}

static void print_build(FILE *file, const struct family *family, const json_t *reply)
{
	fprintf(file, "%s_info{", family->name);
	print_label(file, "version", reply_text(reply, "version"));
	fputs("} 1\n", file);
}

static void print_device_states(FILE *file, const struct family *family, const json_t *reply)
{
	json_t *device;
	size_t i;

	json_array_foreach(json_object_get(reply, "devices"), i, device)
	{
		cleanup(freep) char *labels = begin_labels(device, NULL);

		fprintf(file, "%s%s,state=\"%s\"} 1\n", family->name, labels,
			reply_text(device, "state"));
	}
}

/* What is a number of each device that has it. */
static void print_device_numbers(FILE *file, const struct family *family, const json_t *reply,
				 const char *member)
{
	json_t *device;
	size_t i;

	json_array_foreach(json_object_get(reply, "devices"), i, device)
	{
		cleanup(freep) char *labels = begin_labels(device, NULL);

		if (json_object_get(device, member))
			fprintf(file, "%s%s} %" PRIu64 "\n", family->name, labels,
				reply_number(device, member));
	}
}

static void print_generations(FILE *file, const struct family *family, const json_t *reply)
{
	print_device_numbers(file, family, reply, "generation");
}

static void print_unconfirmed(FILE *file, const struct family *family, const json_t *reply)
{
	print_device_numbers(file, family, reply, "unconfirmed");
}

/* What prints the samples of one component; its labels are begun. */
typedef void (*component_print)(FILE *file, const struct family *family, const json_t *component,
				const char *labels);

static void print_components(FILE *file, const struct family *family, const json_t *reply,
			     component_print print)
{
	json_t *device, *component;
	size_t i, j;

	json_array_foreach(json_object_get(reply, "devices"), i, device)
	{
		json_array_foreach(json_object_get(device, "components"), j, component)
		{
			cleanup(freep) char *labels = begin_labels(device, component);

			print(file, family, component, labels);
		}
	}
}

static void print_component_state(FILE *file, const struct family *family, const json_t *component,
				  const char *labels)
{
	fprintf(file, "%s%s,state=\"%s\"} 1\n", family->name, labels,
		reply_text(component, "state"));
}

static void print_component_states(FILE *file, const struct family *family, const json_t *reply)
{
	print_components(file, family, reply, print_component_state);
}

/* A component proceeds on several verdicts, and which of them it was is not counted. */
static const char *proceed_verdict(const json_t *component)
{
	const json_t *verdicts = json_object_get(component, "proceed_on");

	return json_array_size(verdicts) == 1 ? json_string_value(json_array_get(verdicts, 0))
					      : "any";
}

static void print_component_packets(FILE *file, const struct family *family,
				    const json_t *component, const char *labels)
{
	const json_t *counters = json_object_get(component, "counters");
	const json_t *terminate = json_object_get(counters, "terminate");

	if (!counters)
		return;
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		fprintf(file, "%s_total%s,verdict=\"%s\",outcome=\"leave\"} %" PRIu64 "\n",
			family->name, labels, verdict_name(verdict),
			reply_number(terminate, verdict_name(verdict)));
	fprintf(file, "%s_total%s,verdict=\"%s\",outcome=\"proceed\"} %" PRIu64 "\n", family->name,
		labels, proceed_verdict(component), reply_number(counters, "proceed"));
}

static void print_packets(FILE *file, const struct family *family, const json_t *reply)
{
	print_components(file, family, reply, print_component_packets);
}

static void print_component_overruled(FILE *file, const struct family *family,
				      const json_t *component, const char *labels)
{
	const json_t *counters = json_object_get(component, "counters");

	if (counters)
		fprintf(file, "%s_total%s} %" PRIu64 "\n", family->name, labels,
			reply_number(counters, "overruled"));
}

static void print_overruled(FILE *file, const struct family *family, const json_t *reply)
{
	print_components(file, family, reply, print_component_overruled);
}

static void print_changes(FILE *file, const struct family *family, const json_t *reply)
{
	static const char *const results[] = { "succeeded", "failed" };
	json_t *change;
	size_t i;

	json_array_foreach(json_object_get(reply, "changes"), i, change)
	{
		for (size_t j = 0; j < array_size(results); j++)
			fprintf(file, "%s_total{kind=\"%s\",result=\"%s\"} %" PRIu64 "\n",
				family->name, reply_text(change, "kind"), results[j],
				reply_number(change, results[j]));
	}
}

/* Seconds with at least one digit behind the point, as OpenMetrics wants bounds. */
static void print_bound(FILE *file, const json_t *bucket)
{
	uint64_t usec = reply_number(bucket, "usec");
	char text[32];
	size_t length;

	if (!json_object_get(bucket, "usec")) {
		fputs("+Inf", file);
		return;
	}
	length = snprintf(text, sizeof(text), "%" PRIu64 ".%06" PRIu64, usec / 1000000,
			  usec % 1000000);
	while (text[length - 1] == '0' && text[length - 2] != '.')
		text[--length] = '\0';
	fputs(text, file);
}

static void print_durations(FILE *file, const struct family *family, const json_t *reply)
{
	uint64_t count = 0;
	json_t *bucket;
	size_t i;

	json_array_foreach(json_object_get(reply, "durations"), i, bucket)
	{
		count += reply_number(bucket, "count");
		fprintf(file, "%s_bucket{le=\"", family->name);
		print_bound(file, bucket);
		fprintf(file, "\"} %" PRIu64 "\n", count);
	}
	fprintf(file, "%s_sum %.6f\n%s_count %" PRIu64 "\n", family->name,
		reply_number(reply, "durations_usec") / 1e6, family->name, count);
}

static void print_restored(FILE *file, const struct family *family, const json_t *reply)
{
	fprintf(file, "%s_total %" PRIu64 "\n", family->name, reply_number(reply, "restored"));
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
	for (size_t i = 0; i < array_size(families); i++) {
		const struct family *family = &families[i];
		bool is_open = format == METRICS_OPENMETRICS;
		const char *suffix = is_open ? "" : family->type->suffix;

		fprintf(file, "# HELP %s%s %s\n# TYPE %s%s %s\n", family->name, suffix,
			family->help, family->name, suffix,
			is_open ? family->type->name : family->type->in_prometheus);
		family->print(file, family, reply);
	}
	if (format == METRICS_OPENMETRICS)
		fputs("# EOF\n", file);
}
