// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/chain/diff.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

void diff_done(struct diff *diff)
{
	for (size_t i = 0; i < diff->n_items; i++) {
		free(diff->items[i].before);
		free(diff->items[i].after);
	}
	free(steal(diff->items));
	diff->n_items = 0;
}

bool same_text(const char *text, const char *other)
{
	return text && other ? !strcmp(text, other) : text == other;
}

int diff_add(struct diff *diff, const char *field, const char *before, const char *after,
	     struct error *error)
{
	struct field_diff *longer = reallocarray(diff->items, diff->n_items + 1, sizeof(*longer));
	struct field_diff *added;

	if (!longer)
		return error_memory(error);
	diff->items = longer;
	added = &longer[diff->n_items++];
	*added = (struct field_diff){
		.field = field,
		.before = before ? strdup(before) : NULL,
		.after = after ? strdup(after) : NULL,
	};
	return (before && !added->before) || (after && !added->after) ? error_memory(error) : 0;
}

static char *format_owner(const struct component_config *config)
{
	return config->owner ? strdup(config->owner) : NULL;
}

static char *format_priority(const struct component_config *config)
{
	char *text;

	return asprintf(&text, "%u", config->settings.priority) < 0 ? NULL : text;
}

static char *format_proceed(const struct component_config *config)
{
	char text[VERDICT_SET_TEXT_MAX];

	return strdup(verdict_set_format(config->settings.proceed, text));
}

static char *format_allowed(const struct component_config *config)
{
	char text[VERDICT_SET_TEXT_MAX];

	if (!config->settings.forbidden)
		return NULL;
	return strdup(verdict_set_format(VERDICTS_ALL & ~config->settings.forbidden, text));
}

static char *format_on_failure(const struct component_config *config)
{
	return strdup(on_failure_name(config->settings.on_failure));
}

static char *format_map_owner(const struct component_config *config)
{
	return map_permissions_describe_owner(&config->map_permissions);
}

static char *format_map_mode(const struct component_config *config)
{
	return map_permissions_format_mode(&config->map_permissions);
}

static char *format_object(const struct component_config *config)
{
	const struct component_spec *spec = config->spec;
	char *text;

	if (!spec || !*spec->sha256)
		return NULL;
	return asprintf(&text, "sha256:%s", spec->sha256) < 0 ? NULL : text;
}

static char *format_program(const struct component_config *config)
{
	return config->spec ? strdup(config->spec->program) : NULL;
}

/* NULL: there are none. */
static char *format_list(const struct component_spec *spec, size_t n_items,
			 void (*write)(FILE *stream, const struct component_spec *spec,
				       size_t number))
{
	char *text = NULL;
	size_t size;
	FILE *stream;

	if (!n_items)
		return NULL;
	stream = open_memstream(&text, &size);
	for (size_t i = 0; stream && i < n_items; i++) {
		fputs(i ? "," : "", stream);
		write(stream, spec, i);
	}
	if (stream && fclose(stream) != 0)
		free(steal(text));
	return text;
}

static void write_value(FILE *stream, const struct component_spec *spec, size_t number)
{
	fputs(spec->values.items[number], stream);
}

static char *format_values(const struct component_config *config)
{
	const struct component_spec *spec = config->spec;

	return spec ? format_list(spec, spec->values.n_items, write_value) : NULL;
}

static char *format_slot(const struct component_config *config)
{
	const struct component_spec *spec = config->spec;

	return spec && spec->slot ? strdup(spec->slot) : NULL;
}

static void write_share(FILE *stream, const struct component_spec *spec, size_t number)
{
	const struct map_share *share = &spec->shares.items[number];

	fprintf(stream, "%s=%s", share->name, share->from);
}

static char *format_shares(const struct component_config *config)
{
	const struct component_spec *spec = config->spec;

	return spec ? format_list(spec, spec->shares.n_items, write_share) : NULL;
}

static char *format_devbound(const struct component_config *config)
{
	const struct component_spec *spec = config->spec;

	return spec && spec->devbound ? strdup("true") : NULL;
}

static void write_library(FILE *stream, const struct component_spec *spec, size_t number)
{
	fprintf(stream, "sha256:%s", spec->libraries[number].sha256);
}

static char *format_libraries(const struct component_config *config)
{
	const struct component_spec *spec = config->spec;

	return spec ? format_list(spec, spec->n_libraries, write_library) : NULL;
}

/* The aspects in which components can differ: the field of a chain file, and its text. */
static const struct aspect {
	const char *field;
	/* To be freed; NULL: the component has no value */
	char *(*format)(const struct component_config *config);
} aspects[] = {
	/* clang-format off */
	{ "owner", format_owner },
	{ "object", format_object },
	{ "libraries", format_libraries },
	{ "program", format_program },
	{ "set", format_values },
	{ "share_maps", format_shares },
	{ "devbound", format_devbound },
	{ "slot", format_slot },
	{ "priority", format_priority },
	{ "proceed_on", format_proceed },
	{ "allow_verdicts", format_allowed },
	{ "on_failure", format_on_failure },
	{ "map_owner", format_map_owner },
	{ "map_mode", format_map_mode },
	/* clang-format on */
};

int diff_find(struct diff *diff, const struct component_config *before,
	      const struct component_config *after, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < array_size(aspects); i++) {
		cleanup(freep) char *old = before ? aspects[i].format(before) : NULL;
		cleanup(freep) char *new = aspects[i].format(after);

		if (!same_text(old, new))
			result = diff_add(diff, aspects[i].field, old, new, error);
	}
	return result;
}
