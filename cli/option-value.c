// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/option-value.h"

#include "base/cleanup.h"
#include "cli/open.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

static enum exit_status parse_number(const struct verb *verb, const struct option_row *row,
				     const struct field *field, const char *text,
				     struct number *ret)
{
	char *end;

	errno = 0;
	ret->value = strtoull(text, &end, 10);
	if (*end || text[0] < '0' || text[0] > '9')
		return usage(verb, "--%s takes a whole number, not '%s'", row->name, text);
	if (errno || ret->value > (field->maximum ?: INT64_MAX))
		return usage(verb, "--%s: %s is too large (maximum %" PRIu64 ")", row->name, text,
			     field->maximum ?: INT64_MAX);
	if (ret->value < field->minimum)
		return usage(verb, "--%s: %s is too small (minimum %" PRIu64 ")", row->name, text,
			     field->minimum);
	ret->given = true;
	return EXIT_DONE;
}

/* A number with a unit, or in seconds: "90", "30s", "5min". */
static enum exit_status parse_seconds(const struct verb *verb, const struct option_row *row,
				      const struct field *field, const char *text,
				      struct number *ret)
{
	static const struct {
		const char *name;
		uint64_t seconds;
	} units[] = { { "", 1 },     { "s", 1 }, { "sec", 1 }, { "m", 60 }, { "min", 60 },
		      { "h", 3600 }, {} };
	size_t digits = strspn(text, "0123456789"), unit = 0;
	uint64_t amount;

	while (units[unit].name && strcmp(units[unit].name, text + digits) != 0)
		unit++;
	if (digits == 0 || !units[unit].name)
		return usage(verb, "--%s takes a time such as 30s, 5min or 1h, not '%s'", row->name,
			     text);
	errno = 0;
	amount = strtoull(text, NULL, 10);
	if (errno || amount > field->maximum / units[unit].seconds)
		return usage(verb, "--%s: %s is too long (maximum %" PRIu64 " s)", row->name, text,
			     field->maximum);
	ret->value = amount * units[unit].seconds;
	if (ret->value < field->minimum)
		return usage(verb, "--%s: %s is too short (minimum %" PRIu64 " s)", row->name, text,
			     field->minimum);
	ret->given = true;
	return EXIT_DONE;
}

static enum exit_status parse_verdicts(const struct verb *verb, const struct option_row *row,
				       const struct field *field, const char *text,
				       struct number *ret)
{
	char choices[CHOICES_TEXT_MAX];
	const char *bad;
	size_t length;
	verdict_set set;

	if (verdict_set_parse(text, &set, &bad, &length) < 0)
		return usage(
			verb,
			"--%s: invalid verdict '%.*s'; use a comma-separated list of %s, or none",
			row->name, (int)length, bad, choices_format(field->type, choices));
	*ret = (struct number){ true, set };
	return EXIT_DONE;
}

static enum exit_status parse_choice(const struct verb *verb, const struct option_row *row,
				     const struct field *field, const char *text, int *ret)
{
	char choices[CHOICES_TEXT_MAX];

	*ret = choice_find(field->type, text);
	if (*ret)
		return EXIT_DONE;
	return usage(verb, "--%s: invalid value '%s'; use one of %s", row->name, text,
		     choices_format(field->type, choices));
}

static enum exit_status add_object(struct descriptors *objects, const char *path)
{
	int *longer = reallocarray(objects->items, objects->n_items + 1, sizeof(*longer));

	if (!longer)
		abort();
	objects->items = longer;
	longer[objects->n_items] = -1;
	return open_object(path, &longer[objects->n_items++]);
}

enum exit_status option_value_parse(const struct verb *verb, const struct option_row *row,
				    const char *text, void *request)
{
	const struct field *field = field_find(verb_method(verb)->in, row->field);
	void *to = (char *)request + field->offset;

	switch (field->kind) {
	case FIELD_BOOLEAN:
		*(bool *)to = true;
		return EXIT_DONE;
	case FIELD_NAME:
		free(*(char **)to);
		*(char **)to = strdup(text);
		if (!*(char **)to)
			abort();
		return EXIT_DONE;
	case FIELD_NAMES:
		if (strings_add(to, text, strlen(text)) < 0)
			abort(); /* a few bytes, in a short-lived program */
		return EXIT_DONE;
	case FIELD_NUMBER:
		return parse_number(verb, row, field, text, to);
	case FIELD_SECONDS:
		return parse_seconds(verb, row, field, text, to);
	case FIELD_VERDICTS:
		return parse_verdicts(verb, row, field, text, to);
	case FIELD_CHOICE:
		return parse_choice(verb, row, field, text, to);
	case FIELD_FDS:
		return add_object(to, text);
	default:
		return EXIT_DONE; /* not from the command line */
	}
}
