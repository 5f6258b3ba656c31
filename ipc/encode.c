// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "ipc/codec.h"

#include "base/cleanup.h"

#include <string.h>

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

static json_t *encode_fd(int fd, struct fds *fds)
{
	if (fds->n_fds == FDS_MAX)
		return NULL;
	fds->fds[fds->n_fds] = fd;
	return json_integer(fds->n_fds++);
}

static json_t *encode_fds(const struct descriptors *descriptors, struct fds *fds)
{
	json_t *list = json_array();

	for (size_t i = 0; i < descriptors->n_items; i++) {
		if (json_array_append_new(list, encode_fd(descriptors->items[i], fds)) < 0) {
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
	case FIELD_SECONDS:
	case FIELD_VERDICTS:
		return ((const struct number *)from)->given;
	case FIELD_BOOLEAN:
		return *(const bool *)from;
	case FIELD_CHOICE:
		return *(const int *)from;
	case FIELD_FD:
		return *(const int *)from >= 0;
	case FIELD_FDS:
		return ((const struct descriptors *)from)->items;
	case FIELD_OBJECTS:
		return ((const struct list *)from)->items;
	case FIELD_OBJECT:
		return *(void *const *)from;
	case FIELD_STRING:
		break; /* replies only */
	}
	return false;
}

static json_t *encode_members(const struct field *fields, const void *from, struct fds *fds,
			      const struct field **ret_bad);

static json_t *encode_list(const struct field *field, const struct list *list, struct fds *fds,
			   const struct field **ret_bad)
{
	const struct type *type = field->type;
	json_t *encoded = json_array();

	for (size_t i = 0; i < list->n_items; i++) {
		const void *item = (const char *)list->items + i * type->size;

		if (json_array_append_new(encoded,
					  encode_members(type->fields, item, fds, ret_bad)) < 0) {
			json_decref(encoded);
			return NULL;
		}
	}
	return encoded;
}

/* NULL for text that is not UTF-8, and without memory. */
static json_t *encode_field(const struct field *field, const void *from, struct fds *fds,
			    const struct field **ret_bad)
{
	switch (field->kind) {
	case FIELD_NAME:
		return json_string(*(char *const *)from);
	case FIELD_NAMES:
		return encode_names(from);
	case FIELD_NUMBER:
	case FIELD_SECONDS:
		return json_integer(((const struct number *)from)->value);
	case FIELD_VERDICTS:
		return verdicts_encode(((const struct number *)from)->value);
	case FIELD_BOOLEAN:
		return json_true();
	case FIELD_CHOICE:
		return json_string(field->type->names[*(const int *)from - 1]);
	case FIELD_FD:
		return encode_fd(*(const int *)from, fds);
	case FIELD_FDS:
		return encode_fds(from, fds);
	case FIELD_OBJECT:
		return encode_members(field->type->fields, *(void *const *)from, fds, ret_bad);
	case FIELD_OBJECTS:
		return encode_list(field, from, fds, ret_bad);
	case FIELD_STRING:
		break; /* replies only */
	}
	return NULL;
}

/* `*ret_bad` is the innermost field that could not be encoded. */
static json_t *encode_members(const struct field *fields, const void *from, struct fds *fds,
			      const struct field **ret_bad)
{
	json_t *encoded = json_object();

	for (const struct field *field = fields; field->name; field++) {
		const void *member = (const char *)from + field->offset;

		if (is_given(field, member) &&
		    json_object_set_new(encoded, field->name,
					encode_field(field, member, fds, ret_bad)) < 0) {
			*ret_bad = *ret_bad ?: field;
			json_decref(encoded);
			return NULL;
		}
	}
	return encoded;
}

int request_encode(const struct method *method, const void *request, json_t **ret, struct fds *fds,
		   struct error *error)
{
	const struct field *bad = NULL;

	*ret = encode_members(method->in, request, fds, &bad);
	if (!*ret && bad)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "%s: %s is not valid UTF-8", method->name, bad->name);
	return *ret ? 0 : error_memory(error);
}

static void members_done(const struct field *fields, void *from);

static void list_done(const struct type *type, struct list *list)
{
	while (list->n_items > 0)
		members_done(type->fields, (char *)list->items + --list->n_items * type->size);
	free(steal(list->items));
}

static void object_done(const struct type *type, void **object)
{
	if (*object)
		members_done(type->fields, *object);
	free(steal(*object));
}

static void field_done(const struct field *field, void *member)
{
	struct descriptors *descriptors = member;

	switch (field->kind) {
	case FIELD_NAME:
		free(steal(*(char **)member));
		break;
	case FIELD_NAMES:
		strings_done(member);
		break;
	case FIELD_FD:
		closep(member);
		break;
	case FIELD_FDS:
		while (descriptors->n_items > 0)
			closep(&descriptors->items[--descriptors->n_items]);
		free(steal(descriptors->items));
		break;
	case FIELD_OBJECT:
		object_done(field->type, member);
		break;
	case FIELD_OBJECTS:
		list_done(field->type, member);
		break;
	default:
		break;
	}
}

static void members_done(const struct field *fields, void *from)
{
	for (const struct field *field = fields; field->name; field++)
		field_done(field, (char *)from + field->offset);
}

void request_done(const struct method *method, void *request)
{
	members_done(method->in, request);
}

void document_done(const struct type *type, void *document)
{
	members_done(type->fields, document);
}
