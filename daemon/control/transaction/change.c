// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/transaction/change.h"

#include "base/cleanup.h"

#include <string.h>

void source_done(struct program_source *source)
{
	blob_done(&source->object);
	blob_done(&source->signature);
	free(source->label);
	free(source->program);
	strings_done(&source->values);
	for (size_t i = 0; i < source->n_libraries; i++)
		object_done(&source->libraries[i]);
	free(source->libraries);
	strings_done(&source->shares);
	while (source->n_pins > 0)
		closep(&source->pins[--source->n_pins]);
	free(source->pins);
}

struct component_settings component_options_apply(const struct component_options *options,
						  struct component_settings settings)
{
	if (options->has_priority)
		settings.priority = options->settings.priority;
	if (options->has_proceed)
		settings.proceed = options->settings.proceed;
	if (options->has_forbidden)
		settings.forbidden = options->settings.forbidden;
	if (options->has_on_failure)
		settings.on_failure = options->settings.on_failure;
	return settings;
}

struct component_settings program_settings(const struct program_choice *choice)
{
	return (struct component_settings){ .priority = choice->priority,
					    .proceed = choice->proceed };
}

static void write_verdicts(FILE *text, const char *what, verdict_set verdicts)
{
	char names[VERDICT_SET_TEXT_MAX];

	fprintf(text, ", %s %s", what, verdict_set_format(verdicts, names));
}

/* Map owner and mode are logged as they are afterwards, so they are left out. */
void component_options_describe(const struct component_options *options, FILE *text)
{
	const struct component_settings *settings = &options->settings;

	if (options->has_priority)
		fprintf(text, ", priority %u", settings->priority);
	if (options->has_proceed)
		write_verdicts(text, "proceed on", settings->proceed);
	if (options->has_forbidden)
		write_verdicts(text, "allowed verdicts", VERDICTS_ALL & ~settings->forbidden);
	if (options->owner)
		fprintf(text, ", owner '%s'", options->owner);
	if (options->before)
		fprintf(text, ", before '%s'", options->before);
	if (options->after)
		fprintf(text, ", after '%s'", options->after);
}

void component_options_done(struct component_options *options)
{
	free(options->name);
	free(options->owner);
	free(options->before);
	free(options->after);
	map_permissions_done(&options->map_permissions);
}

int change_new(const struct change_kind *kind, struct change **ret, struct error *error)
{
	cleanup(change_drop) struct change *change = calloc(1, sizeof(*change));

	if (!change)
		return error_memory(error);
	change->kind = kind;
	change->options = calloc(1, kind->options_size + 1);
	if (!change->options)
		return error_memory(error);
	*ret = steal(change);
	return 0;
}

void change_drop(struct change **p)
{
	struct change *change = steal(*p);

	if (!change)
		return;
	if (change->options && change->kind->options_done)
		change->kind->options_done(change->options);
	free(change->options);
	for (size_t i = 0; i < change->n_devices; i++) {
		free(change->devices[i].ifname);
		free(change->devices[i].netns);
	}
	free(change->devices);
	free(change->netns);
	free(change->object_label);
	grants_done(&change->grants);
	free(change);
}

int change_add_device(struct change *change, const char *ifname, const char *netns,
		      struct error *error)
{
	struct change_device *longer = reallocarray(change->devices, change->n_devices + 1,
						    sizeof(*longer));
	struct change_device *device;

	if (!longer)
		return error_memory(error);
	change->devices = longer;
	device = &longer[change->n_devices++];
	*device = (struct change_device){ strdup(ifname), netns ? strdup(netns) : NULL };
	return device->ifname && (device->netns || !netns) ? 0 : error_memory(error);
}

void device_result_done(struct device_result *result)
{
	free(result->ifname);
	free(result->netns);
	free(result->name);
	free(result->note);
}

void change_result_done(struct change_result *result)
{
	for (size_t i = 0; i < result->n_devices; i++)
		device_result_done(&result->devices[i]);
	free(result->devices);
	for (size_t i = 0; i < result->n_plans; i++)
		plan_done(&result->plans[i]);
	free(result->plans);
	*result = (struct change_result){};
}
