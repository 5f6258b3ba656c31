// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/encode-event.h"

#include "base/cleanup.h"
#include "base/json.h"

#include <stdlib.h>
#include <string.h>

/* How the fields that the journal gets with an event appear in the reply. */
static const struct {
	const char *field, *member;
	enum { MEMBER_TEXT, MEMBER_NUMBER, MEMBER_LIST } kind;
} members[] = {
	{ "DEVICE", "devices", MEMBER_LIST },
	{ "NETNS", "netns", MEMBER_TEXT },
	{ "GENERATION", "generation", MEMBER_NUMBER },
	{ "COMPONENT", "components", MEMBER_LIST },
	{ "OBJECT", "objects", MEMBER_LIST },
	{ "METHOD", "method", MEMBER_TEXT },
	{ "CLIENT_UID", "uid", MEMBER_NUMBER },
	{ "CLIENT_GID", "gid", MEMBER_NUMBER },
	{ "CLIENT_PID", "pid", MEMBER_NUMBER },
	{ "CLIENT_COMM", "command", MEMBER_TEXT },
	{ "LOST", "lost", MEMBER_NUMBER },
};

const char *event_field_next(const struct event *event, const char *name, size_t *position)
{
	const struct log_fields *fields = event->fields;
	size_t length = strlen(name);

	while (*position < fields->n_items) {
		const char *item = fields->items[(*position)++];

		if (!strncmp(item, name, length) && item[length] == '=')
			return item + length + 1;
	}
	return NULL;
}

/* If the field has a value for each of several devices, none of them belongs to the whole event. */
static const char *find_only(const struct event *event, const char *name)
{
	size_t position = 0;
	const char *value = event_field_next(event, name, &position);

	return value && !event_field_next(event, name, &position) ? value : NULL;
}

static json_t *encode_list(const struct event *event, const char *name)
{
	json_t *list = NULL;
	size_t position = 0;
	const char *value;

	while ((value = event_field_next(event, name, &position))) {
		list = list ?: json_array();
		json_array_append_new(list, text_encode(value));
	}
	return list;
}

static json_t *encode_member(const struct event *event, size_t i)
{
	const char *value;

	if (members[i].kind == MEMBER_LIST)
		return encode_list(event, members[i].field);
	value = find_only(event, members[i].field);
	if (!value)
		return NULL;
	return members[i].kind == MEMBER_TEXT ? text_encode(value)
					      : json_integer(strtoll(value, NULL, 10));
}

json_t *event_encode(const struct event *event)
{
	json_t *json = json_pack("{s:I, s:I, s:s, s:o}", "number", (json_int_t)event->number,
				 "time", (json_int_t)event->time, "kind",
				 log_event_name(event->kind), "sentence",
				 text_encode(event->sentence));

	for (size_t i = 0; json && i < array_size(members); i++) {
		json_t *member = encode_member(event, i);

		if (member)
			json_object_set_new(json, members[i].member, member);
	}
	return json ? json_pack("{s:o}", "event", json) : NULL;
}
