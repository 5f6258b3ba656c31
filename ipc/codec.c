#define _GNU_SOURCE
#include "ipc/codec.h"

#include "base/cleanup.h"

#include <string.h>

#define REFUSE(error, ...) error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL, __VA_ARGS__)

void fds_done(struct fds *fds)
{
	for (size_t i = 0; i < fds->n_fds; i++)
		closep(&fds->fds[i]);
	fds->n_fds = 0;
}

static const struct field *field_find(const struct field *fields, const char *name)
{
	for (; fields->name; fields++)
		if (!strcmp(fields->name, name))
			return fields;
	return NULL;
}

/* The place of the name in the type's, from 1; 0 if it is none of them. */
static int choice_find(const struct type *type, const char *name)
{
	for (int i = 0; type->names[i]; i++)
		if (!strcmp(type->names[i], name))
			return i + 1;
	return 0;
}

static int check_strings(const json_t *value, const char *what, const struct field *field,
			 struct error *error)
{
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return REFUSE(error, "%s: %s must be a list of strings", what, field->name);
	json_array_foreach(value, i, item)
	{
		enum verdict verdict;

		if (!json_is_string(item))
			return REFUSE(error, "%s: %s[%zu] must be a string", what, field->name, i);
		if (field->kind == FIELD_VERDICTS &&
		    !verdict_parse(json_string_value(item), json_string_length(item), &verdict))
			return REFUSE(
				error,
				"%s: %s[%zu]: '%s' is no verdict; there are aborted, drop, pass, "
				"tx and redirect",
				what, field->name, i, json_string_value(item));
	}
	return 0;
}

static int check_number(const json_t *value, const char *what, const struct field *field,
			struct error *error)
{
	json_int_t number;

	if (!json_is_integer(value))
		return REFUSE(error, "%s: %s must be a whole number", what, field->name);
	number = json_integer_value(value);
	if (number < 0)
		return REFUSE(error, "%s: %s: %lld is below 0", what, field->name,
			      (long long)number);
	if (field->maximum && (uint64_t)number > field->maximum)
		return REFUSE(error, "%s: %s: %lld is above %llu", what, field->name,
			      (long long)number, (unsigned long long)field->maximum);
	return 0;
}

static int check_objects(const json_t *value, const char *what, const struct field *field,
			 struct error *error)
{
	json_t *item;
	size_t i;

	if (!json_is_array(value))
		return REFUSE(error, "%s: %s must be a list", what, field->name);
	json_array_foreach(value, i, item)
	{
		int result = fields_check(field->type->fields, item, field->name, error);

		if (result < 0)
			return result;
	}
	return 0;
}

static int field_check(const struct field *field, const json_t *value, const char *what,
		       struct error *error)
{
	switch (field->kind) {
	case FIELD_STRING:
		if (!json_is_string(value))
			return REFUSE(error, "%s: %s must be a string", what, field->name);
		return 0;
	case FIELD_STRINGS:
	case FIELD_VERDICTS:
		return check_strings(value, what, field, error);
	case FIELD_NUMBER:
	case FIELD_FD:
		return check_number(value, what, field, error);
	case FIELD_BOOLEAN:
		if (!json_is_boolean(value))
			return REFUSE(error, "%s: %s must be true or false", what, field->name);
		return 0;
	case FIELD_CHOICE:
		if (!json_is_string(value) || !choice_find(field->type, json_string_value(value)))
			return REFUSE(error, "%s: %s must be %s or %s", what, field->name,
				      field->type->names[0], field->type->names[1]);
		return 0;
	case FIELD_OBJECT:
		return fields_check(field->type->fields, value, field->name, error);
	case FIELD_OBJECTS:
		return check_objects(value, what, field, error);
	}
	return 0;
}

int fields_check(const struct field *fields, const json_t *value, const char *what,
		 struct error *error)
{
	const char *name;
	json_t *member;

	if (!json_is_object(value))
		return REFUSE(error, "%s: must be an object", what);
	json_object_foreach(
		(json_t *)value, name,
		member) if (!field_find(fields, name)) return REFUSE(error,
								     "%s: there is no field '%s'",
								     what, name);
	for (const struct field *field = fields; field->name; field++) {
		int result;

		member = json_object_get(value, field->name);
		if (!member || json_is_null(member)) {
			if (field->optional)
				continue;
			return REFUSE(error, "%s: %s is missing", what, field->name);
		}
		result = field_check(field, member, what, error);
		if (result < 0)
			return result;
	}
	return 0;
}

static int decode_strings(const json_t *value, struct strings *ret)
{
	json_t *item;
	size_t i;

	ret->items = calloc(json_array_size(value) + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	json_array_foreach(value, i, item)
	{
		ret->items[i] = strdup(json_string_value(item));
		if (!ret->items[i])
			return -ENOMEM;
		ret->n_items++;
	}
	return 0;
}

static verdict_set decode_verdicts(const json_t *value)
{
	verdict_set set = 0;
	enum verdict verdict;
	json_t *item;
	size_t i;

	json_array_foreach(value, i, item) if (verdict_parse(json_string_value(item),
							     json_string_length(item), &verdict))
		set |= VERDICT_BIT(verdict);
	return set;
}

static int decode_fd(const json_t *value, const char *what, const struct field *field,
		     struct fds *fds, int *ret, struct error *error)
{
	size_t place = json_integer_value(value);

	if (place >= fds->n_fds || fds->fds[place] < 0)
		return REFUSE(error, "%s: %s: no file descriptor with number %zu came along", what,
			      field->name, place);
	*ret = steal_fd(&fds->fds[place]);
	return 0;
}

static int field_decode(const struct field *field, const json_t *value, const char *what,
			struct fds *fds, void *to, struct error *error)
{
	int result = 0;

	switch (field->kind) {
	case FIELD_STRING:
		*(char **)to = strdup(json_string_value(value));
		result = *(char **)to ? 0 : -ENOMEM;
		break;
	case FIELD_STRINGS:
		result = decode_strings(value, to);
		break;
	case FIELD_NUMBER:
		*(struct number *)to = (struct number){ true, json_integer_value(value) };
		break;
	case FIELD_VERDICTS:
		*(struct number *)to = (struct number){ true, decode_verdicts(value) };
		break;
	case FIELD_BOOLEAN:
		*(bool *)to = json_is_true(value);
		break;
	case FIELD_CHOICE:
		*(int *)to = choice_find(field->type, json_string_value(value));
		break;
	case FIELD_FD:
		return decode_fd(value, what, field, fds, to, error);
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		break; /* replies only */
	}
	return result < 0 ? error_memory(error) : 0;
}

void request_init(const struct method *method, void *request)
{
	for (const struct field *field = method->in; field->name; field++)
		if (field->kind == FIELD_FD)
			*(int *)((char *)request + field->offset) = -1;
}

int request_decode(const struct method *method, const json_t *parameters, struct fds *fds,
		   void *request, struct error *error)
{
	cleanup(json_decrefp) json_t *nothing = NULL;
	int result;

	if (!parameters) {
		nothing = json_object();
		parameters = nothing;
	}
	result = fields_check(method->in, parameters, method->name, error);
	for (const struct field *field = method->in; result == 0 && field->name; field++) {
		const json_t *value = json_object_get(parameters, field->name);

		if (value && !json_is_null(value))
			result = field_decode(field, value, method->name, fds,
					      (char *)request + field->offset, error);
	}
	return result;
}

static json_t *encode_strings(const struct strings *strings)
{
	json_t *list = json_array();

	for (size_t i = 0; i < strings->n_items; i++)
		json_array_append_new(list, json_string(strings->items[i]));
	return list;
}

/* NULL for what is not given, and without memory. */
static json_t *field_encode(const struct field *field, const void *from, struct fds *fds)
{
	const struct number *number = from;

	switch (field->kind) {
	case FIELD_STRING:
		return *(char *const *)from ? json_string(*(char *const *)from) : NULL;
	case FIELD_STRINGS:
		return ((const struct strings *)from)->items ? encode_strings(from) : NULL;
	case FIELD_NUMBER:
		return number->given ? json_integer(number->value) : NULL;
	case FIELD_VERDICTS:
		return number->given ? verdicts_encode(number->value) : NULL;
	case FIELD_BOOLEAN:
		return *(const bool *)from ? json_true() : NULL;
	case FIELD_CHOICE:
		return *(const int *)from ? json_string(field->type->names[*(const int *)from - 1])
					  : NULL;
	case FIELD_FD:
		fds->fds[fds->n_fds] = *(const int *)from;
		return json_integer(fds->n_fds++);
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		break;
	}
	return NULL;
}

int request_encode(const struct method *method, const void *request, json_t **ret, struct fds *fds,
		   struct error *error)
{
	json_t *parameters = json_object();

	if (!parameters)
		return error_memory(error);
	for (const struct field *field = method->in; field->name; field++) {
		json_t *value = field_encode(field, (const char *)request + field->offset, fds);

		if (value && json_object_set_new(parameters, field->name, value) < 0) {
			json_decref(parameters);
			return error_memory(error);
		}
	}
	*ret = parameters;
	return 0;
}

json_t *verdicts_encode(verdict_set set)
{
	json_t *list = json_array();

	for (enum verdict verdict = 0; verdict < VERDICT_COUNT; verdict++)
		if (set & VERDICT_BIT(verdict))
			json_array_append_new(list, json_string(verdict_name(verdict)));
	return list;
}

void request_done(const struct method *method, void *request)
{
	for (const struct field *field = method->in; field->name; field++) {
		void *member = (char *)request + field->offset;
		struct strings *strings = member;

		switch (field->kind) {
		case FIELD_STRING:
			free(steal(*(char **)member));
			break;
		case FIELD_STRINGS:
			while (strings->n_items > 0)
				free(strings->items[--strings->n_items]);
			free(steal(strings->items));
			break;
		case FIELD_FD:
			closep(member);
			break;
		default:
			break;
		}
	}
}
