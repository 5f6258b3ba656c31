#define _GNU_SOURCE
#include "daemon/chain/diff.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

void differences_done(struct differences *differences)
{
	for (size_t i = 0; i < differences->n_items; i++) {
		free(differences->items[i].before);
		free(differences->items[i].after);
	}
	free(steal(differences->items));
	differences->n_items = 0;
}

bool same_text(const char *text, const char *other)
{
	return text && other ? !strcmp(text, other) : text == other;
}

int differences_add(struct differences *differences, const char *field, const char *before,
		    const char *after, struct error *error)
{
	struct difference *longer = reallocarray(differences->items, differences->n_items + 1,
						 sizeof(*longer));
	struct difference *added;

	if (!longer)
		return error_memory(error);
	differences->items = longer;
	added = &longer[differences->n_items++];
	*added = (struct difference){
		.field = field,
		.before = before ? strdup(before) : NULL,
		.after = after ? strdup(after) : NULL,
	};
	return (before && !added->before) || (after && !added->after) ? error_memory(error) : 0;
}

static char *format_priority(const struct specification *specification)
{
	char *text;

	return asprintf(&text, "%u", specification->priority) < 0 ? NULL : text;
}

static char *format_proceed(const struct specification *specification)
{
	char text[VERDICT_SET_TEXT_MAX];

	return strdup(verdict_set_format(specification->proceed, text));
}

static char *format_allowed(const struct specification *specification)
{
	char text[VERDICT_SET_TEXT_MAX];

	if (!specification->forbidden)
		return NULL;
	return strdup(verdict_set_format(VERDICTS_ALL & ~specification->forbidden, text));
}

static char *format_on_failure(const struct specification *specification)
{
	return strdup(on_failure_name(specification->on_failure));
}

static char *format_map_owner(const struct specification *specification)
{
	return map_rights_describe_owner(&specification->map_rights);
}

static char *format_map_mode(const struct specification *specification)
{
	return map_rights_format_mode(&specification->map_rights);
}

static char *format_object(const struct specification *specification)
{
	const struct component_spec *spec = specification->spec;
	char *text;

	if (!spec || !*spec->sha256)
		return NULL;
	return asprintf(&text, "sha256:%s", spec->sha256) < 0 ? NULL : text;
}

static char *format_program(const struct specification *specification)
{
	return specification->spec ? strdup(specification->spec->program) : NULL;
}

/* NULL for none of them. */
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

static char *format_values(const struct specification *specification)
{
	const struct component_spec *spec = specification->spec;

	return spec ? format_list(spec, spec->values.n_items, write_value) : NULL;
}

static char *format_slot(const struct specification *specification)
{
	const struct component_spec *spec = specification->spec;

	return spec && spec->slot ? strdup(spec->slot) : NULL;
}

static void write_share(FILE *stream, const struct component_spec *spec, size_t number)
{
	const struct map_share *share = &spec->shares.items[number];

	fprintf(stream, "%s=%s", share->name, share->from);
}

static char *format_shares(const struct specification *specification)
{
	const struct component_spec *spec = specification->spec;

	return spec ? format_list(spec, spec->shares.n_items, write_share) : NULL;
}

static char *format_devbound(const struct specification *specification)
{
	const struct component_spec *spec = specification->spec;

	return spec && spec->devbound ? strdup("true") : NULL;
}

static void write_library(FILE *stream, const struct component_spec *spec, size_t number)
{
	fprintf(stream, "sha256:%s", spec->libraries[number].sha256);
}

static char *format_libraries(const struct specification *specification)
{
	const struct component_spec *spec = specification->spec;

	return spec ? format_list(spec, spec->n_libraries, write_library) : NULL;
}

/* What of a component can differ: a field of a file, and what it says. */
static const struct aspect {
	const char *field;
	char *(*format)(const struct specification *specification); /* NULL: nothing; to be freed */
} aspects[] = {
	/* clang-format off */
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

int differences_find(struct differences *differences, const struct specification *before,
		     const struct specification *after, struct error *error)
{
	int result = 0;

	for (size_t i = 0; result == 0 && i < array_size(aspects); i++) {
		cleanup(freep) char *old = before ? aspects[i].format(before) : NULL;
		cleanup(freep) char *new = aspects[i].format(after);

		if (!same_text(old, new))
			result = differences_add(differences, aspects[i].field, old, new, error);
	}
	return result;
}
