// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/rates.h"

#include "base/cleanup.h"
#include "cli/or-abort.h"
#include "cli/show.h"

#include <stdlib.h>
#include <string.h>

static bool has_text(const json_t *object, const char *name, const char *text)
{
	return !strcmp(reply_text(object, name), text);
}

/* Most devices are at the same position as before, so that one is tried first. NULL: it is new. */
static const json_t *find_device(const json_t *devices, const json_t *device, size_t place)
{
	for (size_t i = 0; i <= json_array_size(devices); i++) {
		const json_t *other = json_array_get(devices, i ? i - 1 : place);

		if (other && has_text(other, "ifname", reply_text(device, "ifname")) &&
		    has_text(other, "netns", reply_text(device, "netns")))
			return other;
	}
	return NULL;
}

static const json_t *find_component(const json_t *components, const char *name, size_t place)
{
	for (size_t i = 0; i <= json_array_size(components); i++) {
		const json_t *other = json_array_get(components, i ? i - 1 : place);

		if (other && has_text(other, "name", name))
			return other;
	}
	return NULL;
}

static double rate(const json_t *before, const json_t *after, const char *name, double seconds)
{
	uint64_t from = reply_number(before, name), to = reply_number(after, name);

	return (to < from ? to : to - from) / seconds;
}

static void compute(struct rates *ret, const json_t *before, const json_t *after, double seconds)
{
	const json_t *old = json_object_get(before, "terminate");
	const json_t *new = json_object_get(after, "terminate");

	/* All counters of a component restart together. */
	if (reply_number(after, "run") < reply_number(before, "run"))
		before = old = NULL;
	ret->run = rate(before, after, "run", seconds);
	ret->proceed = rate(before, after, "proceed", seconds);
	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		ret->terminate[verdict] = rate(old, new, verdict_name(verdict), seconds);
}

static void add_up(struct device_rates *device)
{
	const struct component_rates *first = NULL, *last = NULL;

	for (size_t i = 0; i < device->n_components; i++) {
		const struct component_rates *component = &device->components[i];

		if (!component->is_counted)
			continue;
		first = first ?: component;
		last = component;
		for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
			device->rates.terminate[verdict] += component->rates.terminate[verdict];
	}
	if (!first)
		return;
	device->rates.run = first->rates.run;
	device->rates.terminate[VERDICT_PASS] += last->rates.proceed;
}

static void init_device(struct device_rates *ret, const json_t *before, const json_t *after,
			double seconds)
{
	const json_t *old = json_object_get(before, "components");
	json_t *component;
	size_t i;

	ret->ifname = reply_text(after, "ifname");
	ret->netns = reply_text(after, "netns");
	ret->n_components = json_array_size(json_object_get(after, "components"));
	ret->components = or_abort(calloc(ret->n_components + 1, sizeof(*ret->components)));
	json_array_foreach(json_object_get(after, "components"), i, component)
	{
		const char *name = reply_text(component, "name");
		const json_t *counters = json_object_get(component, "counters");

		ret->components[i].name = name;
		ret->components[i].is_counted = counters;
		compute(&ret->components[i].rates,
			json_object_get(find_component(old, name, i), "counters"), counters,
			seconds);
	}
	add_up(ret);
}

void rates_init(struct rates_list *ret, const json_t *before, const json_t *after, double seconds)
{
	const json_t *old = json_object_get(before, "devices");
	json_t *device;
	size_t i;

	ret->n_devices = json_array_size(json_object_get(after, "devices"));
	ret->devices = or_abort(calloc(ret->n_devices + 1, sizeof(*ret->devices)));
	json_array_foreach(json_object_get(after, "devices"), i, device)
		init_device(&ret->devices[i], find_device(old, device, i), device, seconds);
}

void rates_done(struct rates_list *list)
{
	for (size_t i = 0; i < list->n_devices; i++)
		free(list->devices[i].components);
	free(list->devices);
	*list = (struct rates_list){};
}

static json_t *encode(const struct rates *rates)
{
	json_t *terminate = json_object();

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		json_object_set_new(terminate, verdict_name(verdict),
				    json_real(rates->terminate[verdict]));
	return json_pack("{s:f, s:f, s:o}", "run", rates->run, "proceed", rates->proceed,
			 "terminate", terminate);
}

static json_t *encode_latency(const struct latency *latency)
{
	if (!latency->n_samples)
		return json_null();
	return json_pack("{s:I, s:I, s:I}", "p50_ns", (json_int_t)latency->p50_ns, "p99_ns",
			 (json_int_t)latency->p99_ns, "samples", (json_int_t)latency->n_samples);
}

static json_t *encode_device(const struct device_rates *device, bool has_latency)
{
	json_t *components = json_array();

	for (size_t i = 0; i < device->n_components; i++) {
		const struct component_rates *component = &device->components[i];

		json_array_append_new(
			components,
			json_pack("{s:s, s:o*, s:o*}", "name", component->name, "rates",
				  component->is_counted ? encode(&component->rates) : NULL,
				  "latency",
				  has_latency ? encode_latency(&component->latency) : NULL));
	}
	return json_pack("{s:s, s:s*, s:o, s:o}", "ifname", device->ifname, "netns",
			 *device->netns ? device->netns : NULL, "rates", encode(&device->rates),
			 "components", components);
}

json_t *rates_encode(const struct rates_list *list, double seconds)
{
	json_t *devices = json_array();

	for (size_t i = 0; i < list->n_devices; i++)
		json_array_append_new(devices, encode_device(&list->devices[i], list->has_latency));
	return json_pack("{s:f, s:o}", "seconds", seconds, "devices", devices);
}
