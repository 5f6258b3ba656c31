// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "ipc/validate.h"

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define PATH_MAX_SHOWN 256
#define NO_ITEM	       SIZE_MAX

/* What is checked, as errors name it: a field, or an item of a list, inside of `in`. */
struct place {
	const struct place *in;	   /* NULL: the outermost value */
	const char *what;	   /* of the outermost value: its name */
	bool null_is_value;	   /* of the outermost value */
	bool is_reply;		   /* of the outermost value: its names may be any text */
	bool only_types;	   /* of the outermost value: no other property is checked */
	const struct field *field; /* of all other values */
	size_t item;		   /* its number in the field's list, or NO_ITEM */
};

static const struct place *whole_of(const struct place *place)
{
	while (place->in)
		place = place->in;
	return place;
}

/* Writes "devices[0].components[2].priority" into `text`, which cuts off what is longer. Returns it. */
static char *path_format(const struct place *place, char text[static PATH_MAX_SHOWN])
{
	size_t length;

	text[0] = '\0';
	if (!place->in)
		return text;
	path_format(place->in, text);
	length = strlen(text);
	snprintf(text + length, PATH_MAX_SHOWN - length, "%s%s", length ? "." : "",
		 place->field->name);
	length = strlen(text);
	if (place->item != NO_ITEM)
		snprintf(text + length, PATH_MAX_SHOWN - length, "[%zu]", place->item);
	return text;
}

/* "chains.json: devices[0]: there is no field 'colour'" */
static int refuse(const struct place *place, struct error *error, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

static int refuse(const struct place *place, struct error *error, const char *format, ...)
{
	char path[PATH_MAX_SHOWN], sentence[NAME_LENGTH_MAX];
	va_list arguments;

	va_start(arguments, format);
	vsnprintf(sentence, sizeof(sentence), format, arguments);
	va_end(arguments);
	path_format(place, path);
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, "%s: %s%s%s",
			 whole_of(place)->what, path, *path ? ": " : "", sentence);
}

/* The sentence with the value as its client wrote it, if the value is short. */
static int refuse_value(const struct place *place, const json_t *value, const char *why,
			struct error *error)
{
	cleanup(freep) char *text = json_dumps(value,
					       JSON_COMPACT | JSON_ENCODE_ANY | JSON_ENSURE_ASCII);

	return refuse(place, error, "%.60s%s is %s", text ?: "that",
		      text && strlen(text) > 60 ? "..." : "", why);
}

static int check_string(const struct place *place, const json_t *value, struct error *error)
{
	return json_is_string(value) ? 0 : refuse_value(place, value, "not a string", error);
}

/* Including the control characters that UTF-8 writes in two bytes. */
static bool is_control(const char *character)
{
	const unsigned char *bytes = (const unsigned char *)character;

	return bytes[0] < ' ' || bytes[0] == 0x7f || (bytes[0] == 0xc2 && bytes[1] < 0xa0);
}

static size_t longest_name(const struct field *field)
{
	return field->kind == FIELD_NAME && field->maximum ? field->maximum : NAME_LENGTH_MAX;
}

/* Names are shown on terminals. */
static int check_name(const struct place *place, const json_t *value, struct error *error)
{
	const char *name = json_string_value(value);
	size_t length = json_string_length(value), longest = longest_name(place->field);

	if (!json_is_string(value) || whole_of(place)->is_reply)
		return check_string(place, value, error);
	if (length == 0)
		return refuse_value(place, value, "not a name (it is empty)", error);
	if (length > longest)
		return refuse(place, error, "a name of %zu bytes is too long (maximum %zu)", length,
			      longest);
	for (size_t i = 0; i < length; i++)
		if (is_control(name + i))
			return refuse_value(place, value,
					    "not a valid name (it contains control characters)",
					    error);
	return 0;
}

static int check_choice(const struct place *place, const json_t *value, struct error *error)
{
	const struct type *type = place->field->type;
	char choices[CHOICES_TEXT_MAX], why[sizeof(choices) + 16];

	if (whole_of(place)->only_types)
		return check_string(place, value, error);
	if (json_is_string(value) && choice_find(type, json_string_value(value)))
		return 0;
	snprintf(why, sizeof(why), "not one of %s", choices_format(type, choices));
	return refuse_value(place, value, why, error);
}

static int check_number(const struct place *place, const json_t *value, struct error *error)
{
	const struct field *field = place->field;
	json_int_t number = json_integer_value(value);

	if (!json_is_integer(value))
		return refuse_value(place, value, "not a whole number", error);
	if (whole_of(place)->only_types)
		return 0;
	if (number < 0)
		return refuse_value(place, value, "negative", error);
	if ((uint64_t)number < field->minimum)
		return refuse(place, error, "%lld is too small (minimum %llu)", (long long)number,
			      (unsigned long long)field->minimum);
	if (field->maximum && (uint64_t)number > field->maximum)
		return refuse(place, error, "%lld is too large (maximum %llu)", (long long)number,
			      (unsigned long long)field->maximum);
	return 0;
}

static int check_members(const struct place *place, const struct field *fields, const json_t *value,
			 struct error *error);

static int check_object(const struct place *place, const json_t *value, struct error *error)
{
	if (!json_is_object(value))
		return refuse_value(place, value, "not an object", error);
	return check_members(place, place->field->type->fields, value, error);
}

static int check_item(const struct place *place, const json_t *item, struct error *error)
{
	switch (place->field->kind) {
	case FIELD_NAMES:
		return check_name(place, item, error);
	case FIELD_VERDICTS:
		return check_choice(place, item, error);
	case FIELD_FDS:
		return check_number(place, item, error);
	default:
		return check_object(place, item, error);
	}
}

/* Lists in requests have a limit, lists in replies have none. */
static size_t longest_list(const struct place *place)
{
	const struct field *field = place->field;

	if (whole_of(place)->is_reply)
		return SIZE_MAX;
	if (field->kind == FIELD_OBJECTS)
		return field->maximum ?: SIZE_MAX;
	return LIST_LENGTH_MAX;
}

static int check_list(struct place *place, const json_t *value, struct error *error)
{
	size_t count = json_array_size(value), longest = longest_list(place);
	int result = 0;

	if (!json_is_array(value))
		return refuse_value(place, value, "not a list", error);
	if (count > longest)
		return refuse(place, error, "a list of %zu items is too long (maximum %zu)", count,
			      longest);
	for (size_t i = 0; result == 0 && i < count; i++) {
		place->item = i;
		result = check_item(place, json_array_get(value, i), error);
	}
	return result;
}

static int check_field(const struct place *in, const struct field *field, const json_t *value,
		       struct error *error)
{
	struct place place = { .in = in, .field = field, .item = NO_ITEM };

	switch (field->kind) {
	case FIELD_STRING:
		return check_string(&place, value, error);
	case FIELD_NAME:
		return check_name(&place, value, error);
	case FIELD_NAMES:
	case FIELD_VERDICTS:
	case FIELD_FDS:
	case FIELD_OBJECTS:
		return check_list(&place, value, error);
	case FIELD_NUMBER:
	case FIELD_SECONDS:
	case FIELD_FD:
		return check_number(&place, value, error);
	case FIELD_BOOLEAN:
		return json_is_boolean(value)
			       ? 0
			       : refuse_value(&place, value, "not true or false", error);
	case FIELD_CHOICE:
		return check_choice(&place, value, error);
	case FIELD_OBJECT:
		return check_object(&place, value, error);
	}
	return 0;
}

static int check_known(const struct place *place, const struct field *fields, const json_t *value,
		       struct error *error)
{
	/* Iterating does not accept const, but changes nothing. */
	json_t *object = (json_t *)value;

	for (void *member = json_object_iter(object); member;
	     member = json_object_iter_next(object, member)) {
		const char *name = json_object_iter_key(member);

		if (!field_find(fields, name))
			return refuse(place, error, "unknown field '%.60s'", name);
	}
	return 0;
}

static int check_members(const struct place *place, const struct field *fields, const json_t *value,
			 struct error *error)
{
	bool only_types = whole_of(place)->only_types;
	int result = only_types ? 0 : check_known(place, fields, value, error);

	for (const struct field *field = fields; result == 0 && field->name; field++) {
		const json_t *member = json_object_get(value, field->name);

		if (member && (!json_is_null(member) || whole_of(place)->null_is_value))
			result = check_field(place, field, member, error);
		else if (!field->optional && !only_types)
			result = refuse(place, error, "required field %s is missing", field->name);
	}
	return result;
}

static int check_whole(const struct place *whole, const struct field *fields, const json_t *value,
		       struct error *error)
{
	if (!json_is_object(value))
		return refuse(whole, error, "must be an object");
	return check_members(whole, fields, value, error);
}

int fields_validate(const struct field *fields, const json_t *value, const char *what,
		    struct error *error)
{
	const struct place whole = { .what = what };

	return check_whole(&whole, fields, value, error);
}

int document_validate(const struct field *fields, const json_t *value, const char *what,
		      struct error *error)
{
	const struct place whole = { .what = what, .null_is_value = true };

	return check_whole(&whole, fields, value, error);
}

int reply_validate(const struct field *fields, const json_t *value, const char *what,
		   struct error *error)
{
	const struct place whole = { .what = what, .null_is_value = true, .is_reply = true };

	return check_whole(&whole, fields, value, error);
}

int reply_types_validate(const struct field *fields, const json_t *value, const char *what,
			 struct error *error)
{
	const struct place whole = { .what = what, .is_reply = true, .only_types = true };

	return check_whole(&whole, fields, value, error);
}
