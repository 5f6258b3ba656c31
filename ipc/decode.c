// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "ipc/codec.h"

#include "base/cleanup.h"
#include "ipc/validate.h"

#include <string.h>

void fds_done(struct fds *fds)
{
	for (size_t i = 0; i < fds->n_fds; i++)
		closep(&fds->fds[i]);
	fds->n_fds = 0;
}

/* An empty struct with those fields. */
static void members_init(const struct field *fields, void *to)
{
	for (const struct field *field = fields; field->name; field++)
		if (field->kind == FIELD_FD)
			*(int *)((char *)to + field->offset) = -1;
}

static bool has_name(const struct strings *strings, const char *name)
{
	for (size_t i = 0; i < strings->n_items; i++)
		if (!strcmp(strings->items[i], name))
			return true;
	return false;
}

/* A name that is given twice is kept once. */
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

/* What is decoded: its name, for errors, and the descriptors that were sent with it. */
struct decoding {
	const char *what;
	struct fds *fds;
	struct error *error;
};

static int decode_fd(const struct decoding *decoding, const struct field *field,
		     const json_t *value, int *ret)
{
	size_t place = json_integer_value(value);
	struct fds *fds = decoding->fds;

	if (place >= fds->n_fds || fds->fds[place] < 0)
		return error_set(decoding->error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: %s: no file descriptor %zu was sent with the request",
				 decoding->what, field->name, place);
	*ret = steal_fd(&fds->fds[place]);
	return 0;
}

static int decode_fds(const struct decoding *decoding, const struct field *field,
		      const json_t *value, struct descriptors *ret)
{
	size_t count = json_array_size(value);
	int result = 0;

	ret->items = calloc(count + 1, sizeof(*ret->items));
	if (!ret->items)
		return error_memory(decoding->error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		result = decode_fd(decoding, field, json_array_get(value, i), &ret->items[i]);
		ret->n_items += result == 0;
	}
	return result;
}

static int decode_members(const struct decoding *decoding, const struct field *fields,
			  const json_t *value, void *to);

static int decode_list(const struct decoding *decoding, const struct type *type,
		       const json_t *value, struct list *ret)
{
	size_t count = json_array_size(value);
	int result = 0;

	ret->items = calloc(count + 1, type->size);
	if (!ret->items)
		return error_memory(decoding->error);
	for (size_t i = 0; result == 0 && i < count; i++) {
		void *item = (char *)ret->items + i * type->size;

		ret->n_items = i + 1; /* so that a half-decoded item is freed, too */
		members_init(type->fields, item);
		result = decode_members(decoding, type->fields, json_array_get(value, i), item);
	}
	return result;
}

static int decode_object(const struct decoding *decoding, const struct type *type,
			 const json_t *value, void **ret)
{
	*ret = calloc(1, type->size);
	if (!*ret)
		return error_memory(decoding->error);
	members_init(type->fields, *ret);
	return decode_members(decoding, type->fields, value, *ret);
}

static int decode_field(const struct decoding *decoding, const struct field *field,
			const json_t *value, void *to)
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
	case FIELD_SECONDS:
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
		return decode_fd(decoding, field, value, to);
	case FIELD_FDS:
		return decode_fds(decoding, field, value, to);
	case FIELD_OBJECT:
		return decode_object(decoding, field->type, value, to);
	case FIELD_OBJECTS:
		return decode_list(decoding, field->type, value, to);
	case FIELD_STRING:
		break; /* replies only */
	}
	return result < 0 ? error_memory(decoding->error) : 0;
}

static int decode_members(const struct decoding *decoding, const struct field *fields,
			  const json_t *value, void *to)
{
	int result = 0;

	for (const struct field *field = fields; result == 0 && field->name; field++) {
		const json_t *member = json_object_get(value, field->name);

		if (member && !json_is_null(member))
			result = decode_field(decoding, field, member, (char *)to + field->offset);
	}
	return result;
}

void request_init(const struct method *method, void *request)
{
	members_init(method->in, request);
}

/* A client that sends descriptors which it does not refer to has miscounted. */
static int check_all_taken(const struct method *method, const struct fds *fds, struct error *error)
{
	for (size_t i = 0; i < fds->n_fds; i++)
		if (fds->fds[i] >= 0)
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "%s: file descriptor %zu was sent, but no field uses it",
					 method->name, i);
	return 0;
}

int request_decode(const struct method *method, const json_t *parameters, struct fds *fds,
		   void *request, struct error *error)
{
	const struct decoding decoding = { method->name, fds, error };
	cleanup(json_decrefp) json_t *nothing = NULL;
	int result;

	if (!parameters) {
		nothing = json_object();
		parameters = nothing;
	}
	result = fields_validate(method->in, parameters, method->name, error);
	if (result == 0)
		result = decode_members(&decoding, method->in, parameters, request);
	return result < 0 ? result : check_all_taken(method, fds, error);
}

int document_decode(const struct type *type, const json_t *document, const char *what, void *ret,
		    struct error *error)
{
	struct fds none = {};
	const struct decoding decoding = { what, &none, error };
	int result = document_validate(type->fields, document, what, error);

	return result < 0 ? result : decode_members(&decoding, type->fields, document, ret);
}
