#include "ipc/check.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

#define REFUSE(error, ...) error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, __VA_ARGS__)

/* What was checked, for the error's sentence: a field, or an item of a list. */
struct place {
	const char *what;
	const struct field *field;
	char item[24]; /* "[3]", or nothing */
};

/* The sentence with the value as its client wrote it, if that is short. */
static int refuse_value(const struct place *place, const json_t *value, const char *why,
			struct error *error)
{
	cleanup(freep) char *text = json_dumps(value,
					       JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	return REFUSE(error, "%s: %s%s: %.60s%s is %s", place->what, place->field->name,
		      place->item, text ?: "that", text && strlen(text) > 60 ? "..." : "", why);
}

static int check_string(const struct place *place, const json_t *value, struct error *error)
{
	return json_is_string(value) ? 0 : refuse_value(place, value, "no string", error);
}

/* Also those that UTF-8 writes in two bytes. */
static bool is_control(const char *character)
{
	const unsigned char *bytes = (const unsigned char *)character;

	return bytes[0] < ' ' || bytes[0] == 0x7f || (bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

/* Names are shown to people, on terminals. */
static int check_name(const struct place *place, const json_t *value, struct error *error)
{
	const char *name = json_string_value(value);
	size_t length = json_string_length(value);

	if (!json_is_string(value))
		return check_string(place, value, error);
	if (length == 0)
		return refuse_value(place, value, "no name", error);
	if (length > NAME_LENGTH_MAX)
		return REFUSE(error, "%s: %s%s: a name of %zu bytes is longer than %d", place->what,
			      place->field->name, place->item, length, NAME_LENGTH_MAX);
	for (size_t i = 0; i < length; i++)
		if (is_control(name + i))
			return refuse_value(place, value, "no name: it has control characters",
					    error);
	return 0;
}

static int check_choice(const struct place *place, const json_t *value, struct error *error)
{
	const struct type *type = place->field->type;
	char choices[CHOICES_TEXT_MAX], why[sizeof(choices) + 16];

	if (json_is_string(value) && choice_find(type, json_string_value(value)))
		return 0;
	snprintf(why, sizeof(why), "none of %s", choices_format(type, choices));
	return refuse_value(place, value, why, error);
}

static int check_number(const struct place *place, const json_t *value, struct error *error)
{
	const struct field *field = place->field;
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return refuse_value(place, value, "no whole number", error);
	if (number < 0)
		return refuse_value(place, value, "below 0", error);
	if (field->maximum && (uint64_t)number > field->maximum)
		return REFUSE(error, "%s: %s: %lld is above %llu", place->what, field->name,
			      (long long)number, (unsigned long long)field->maximum);
	return 0;
}

static int check_item(const struct place *place, const json_t *item, struct error *error)
{
	if (place->field->kind == FIELD_NAMES)
		return check_name(place, item, error);
	if (place->field->kind == FIELD_VERDICTS)
		return check_choice(place, item, error);
	return fields_check(place->field->type->fields, item, place->field->name, error);
}

static int check_list(struct place *place, const json_t *value, struct error *error)
{
	size_t count = json_array_size(value);
	int result = 0;

	if (!json_is_array(value))
		return refuse_value(place, value, "no list", error);
	if (place->field->kind != FIELD_OBJECTS && count > LIST_LENGTH_MAX)
		return REFUSE(error, "%s: %s: a list of %zu items is longer than %d", place->what,
			      place->field->name, count, LIST_LENGTH_MAX);
	for (size_t i = 0; result == 0 && i < count; i++) {
		snprintf(place->item, sizeof(place->item), "[%zu]", i);
		result = check_item(place, json_array_get(value, i), error);
	}
	return result;
}

static int check_field(const char *what, const struct field *field, const json_t *value,
		       struct error *error)
{
	struct place place = { .what = what, .field = field };

	switch (field->kind) {
	case FIELD_STRING:
		return check_string(&place, value, error);
	case FIELD_NAME:
		return check_name(&place, value, error);
	case FIELD_NAMES:
	case FIELD_VERDICTS:
	case FIELD_OBJECTS:
		return check_list(&place, value, error);
	case FIELD_NUMBER:
	case FIELD_FD:
		return check_number(&place, value, error);
	case FIELD_BOOLEAN:
		return json_is_boolean(value)
			       ? 0
			       : refuse_value(&place, value, "neither true nor false", error);
	case FIELD_CHOICE:
		return check_choice(&place, value, error);
	case FIELD_OBJECT:
		return fields_check(field->type->fields, value, field->name, error);
	}
	return 0;
}

static int check_known(const struct field *fields, const json_t *value, const char *what,
		       struct error *error)
{
	/* Iterating takes no const, and changes nothing. */
	json_t *object = (json_t *)value;

	for (void *member = json_object_iter(object); member;
	     member = json_object_iter_next(object, member)) {
		const char *name = json_object_iter_key(member);

		if (!field_find(fields, name))
			return REFUSE(error, "%s: there is no field '%.60s'", what, name);
	}
	return 0;
}

int fields_check(const struct field *fields, const json_t *value, const char *what,
		 struct error *error)
{
	int result;

	if (!json_is_object(value))
		return REFUSE(error, "%s: must be an object", what);
	result = check_known(fields, value, what, error);
	for (const struct field *field = fields; result == 0 && field->name; field++) {
		const json_t *member = json_object_get(value, field->name);

		if (member && !json_is_null(member))
			result = check_field(what, field, member, error);
		else if (!field->optional)
			result = REFUSE(error, "%s: %s is missing", what, field->name);
	}
	return result;
}
