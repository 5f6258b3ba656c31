#define _GNU_SOURCE
#include "ipc/codec.h"

#include "base/cleanup.h"
#include "ipc/check.h"

#include <string.h>

void fds_done(struct fds *fds)
{
	for (size_t i = 0; i < fds->n_fds; i++)
		closep(&fds->fds[i]);
	fds->n_fds = 0;
}

static bool has_name(const struct strings *strings, const char *name)
{
	for (size_t i = 0; i < strings->n_items; i++)
		if (!strcmp(strings->items[i], name))
			return true;
	return false;
}

/* What is asked for twice is asked for once. */
static int decode_names(const json_t *value, struct strings *ret)
{
	size_t count = json_array_size(value);

	ret->items = calloc(count + 1, sizeof(*ret->items));
	if (!ret->items)
		return -ENOMEM;
	for (size_t i = 0; i < count; i++) {
		const char *name = json_string_value(json_array_get(value, i));

		if (has_name(ret, name))
			continue;
		ret->items[ret->n_items] = strdup(name);
		if (!ret->items[ret->n_items])
			return -ENOMEM;
		ret->n_items++;
	}
	return 0;
}

static verdict_set decode_verdicts(const json_t *value)
{
	verdict_set set = 0;

	for (size_t i = 0; i < json_array_size(value); i++) {
		const json_t *item = json_array_get(value, i);
		enum verdict verdict;

		if (verdict_parse(json_string_value(item), json_string_length(item), &verdict))
			set |= VERDICT_BIT(verdict);
	}
	return set;
}

static int decode_fd(const json_t *value, const char *what, const struct field *field,
		     struct fds *fds, int *ret, struct error *error)
{
	size_t place = json_integer_value(value);

	if (place >= fds->n_fds || fds->fds[place] < 0)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: %s: no file descriptor with number %zu came along", what,
				 field->name, place);
	*ret = steal_fd(&fds->fds[place]);
	return 0;
}

static int decode_field(const struct field *field, const json_t *value, const char *what,
			struct fds *fds, void *to, struct error *error)
{
	int result = 0;

	switch (field->kind) {
	case FIELD_NAME:
		*(char **)to = strdup(json_string_value(value));
		result = *(char **)to ? 0 : -ENOMEM;
		break;
	case FIELD_NAMES:
		result = decode_names(value, to);
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
	case FIELD_STRING:
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

/* A client that sends what it does not name has miscounted. */
static int check_all_taken(const struct method *method, const struct fds *fds, struct error *error)
{
	for (size_t i = 0; i < fds->n_fds; i++)
		if (fds->fds[i] >= 0)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "%s: file descriptor number %zu came along unused",
					 method->name, i);
	return 0;
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
			result = decode_field(field, value, method->name, fds,
					      (char *)request + field->offset, error);
	}
	return result < 0 ? result : check_all_taken(method, fds, error);
}

static json_t *encode_names(const struct strings *names)
{
	json_t *list = json_array();

	for (size_t i = 0; i < names->n_items; i++) {
		if (json_array_append_new(list, json_string(names->items[i])) < 0) {
			json_decref(list);
			return NULL;
		}
	}
	return list;
}

static bool is_given(const struct field *field, const void *from)
{
	switch (field->kind) {
	case FIELD_NAME:
		return *(char *const *)from;
	case FIELD_NAMES:
		return ((const struct strings *)from)->items;
	case FIELD_NUMBER:
	case FIELD_VERDICTS:
		return ((const struct number *)from)->given;
	case FIELD_BOOLEAN:
		return *(const bool *)from;
	case FIELD_CHOICE:
		return *(const int *)from;
	case FIELD_FD:
		return *(const int *)from >= 0;
	case FIELD_STRING:
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		break; /* replies only */
	}
	return false;
}

/* NULL for text that is no UTF-8, and without memory. */
static json_t *encode_field(const struct field *field, const void *from, struct fds *fds)
{
	switch (field->kind) {
	case FIELD_NAME:
		return json_string(*(char *const *)from);
	case FIELD_NAMES:
		return encode_names(from);
	case FIELD_NUMBER:
		return json_integer(((const struct number *)from)->value);
	case FIELD_VERDICTS:
		return verdicts_encode(((const struct number *)from)->value);
	case FIELD_BOOLEAN:
		return json_true();
	case FIELD_CHOICE:
		return json_string(field->type->names[*(const int *)from - 1]);
	case FIELD_FD:
		fds->fds[fds->n_fds] = *(const int *)from;
		return json_integer(fds->n_fds++);
	case FIELD_STRING:
	case FIELD_OBJECT:
	case FIELD_OBJECTS:
		break; /* replies only */
	}
	return NULL;
}

int request_encode(const struct method *method, const void *request, json_t **ret, struct fds *fds,
		   struct error *error)
{
	cleanup(json_decrefp) json_t *parameters = json_object();

	for (const struct field *field = method->in; field->name; field++) {
		const void *from = (const char *)request + field->offset;

		if (is_given(field, from) &&
		    json_object_set_new(parameters, field->name, encode_field(field, from, fds)) <
			    0)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "%s: %s is no text in UTF-8", method->name, field->name);
	}
	*ret = steal(parameters);
	return *ret ? 0 : error_memory(error);
}

void request_done(const struct method *method, void *request)
{
	for (const struct field *field = method->in; field->name; field++) {
		void *member = (char *)request + field->offset;
		struct strings *strings = member;

		switch (field->kind) {
		case FIELD_NAME:
			free(steal(*(char **)member));
			break;
		case FIELD_NAMES:
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
