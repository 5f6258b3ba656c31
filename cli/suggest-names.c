// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/suggest-names.h"

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/show.h"
#include "cli/suggest.h"

#include <net/if.h>
#include <stdio.h>
#include <string.h>

/* Fields of requests that name components. */
static const char *const component_fields[] = { "name", "before", "after" };

struct suggesting {
	json_t *names; /* existing names, as keys */
	json_t *detail;
};

static void suggesting_done(struct suggesting *suggesting)
{
	json_decref(suggesting->names);
}

/* NULL: the verb's request has no such field, or it was not given. */
static const void *find_member(const struct invocation *invocation, const void *request,
			       const char *name, enum field_kind kind)
{
	const struct field *field = field_find(verb_method(invocation->verb)->in, name);

	return field && field->kind == kind ? (const char *)request + field->offset : NULL;
}

/* Several words can be mistyped in the same way. */
static void add_once(json_t *detail, json_t *line)
{
	const json_t *other;
	size_t i;

	json_array_foreach(detail, i, other)
	{
		if (json_equal(other, line)) {
			json_decref(line);
			return;
		}
	}
	json_array_append_new(detail, line);
}

static void suggest(const struct suggesting *suggesting, const char *word)
{
	struct suggestion suggestion = { .word = word };
	const char *name;
	json_t *value;

	if (!word || json_object_get(suggesting->names, word))
		return;
	if (strchr(word, ',')) {
		add_once(suggesting->detail,
			 json_string("an option names one; repeat the option for several"));
		return;
	}
	json_object_foreach(suggesting->names, name, value) suggestion_consider(&suggestion, name);
	if (suggestion.best)
		add_once(suggesting->detail, json_sprintf("did you mean '%s'?", suggestion.best));
}

static json_t *ask(const struct invocation *invocation, const void *request)
{
	char *const *netns = find_member(invocation, request, "netns", FIELD_NAME);
	const struct status_request status = { .netns = netns ? *netns : NULL };
	json_t *reply = NULL;

	if (client_call(invocation->socket, &methods[METHOD_STATUS], &status, &reply, NULL) ==
	    EXIT_DONE)
		return reply;
	json_decref(reply);
	return NULL;
}

static void add_present_devices(const struct suggesting *suggesting)
{
	struct if_nameindex *present = if_nameindex();

	for (size_t i = 0; present && present[i].if_index; i++)
		json_object_set_new(suggesting->names, present[i].if_name, json_true());
	if_freenameindex(present);
}

static void suggest_devices(const struct suggesting *suggesting,
			    const struct invocation *invocation, const void *request,
			    const json_t *devices)
{
	const struct strings *named = find_member(invocation, request, "devices", FIELD_NAMES);
	char *const *netns = find_member(invocation, request, "netns", FIELD_NAME);
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
		json_object_set_new(suggesting->names, reply_text(device, "ifname"), json_true());
	if (!netns || !*netns)
		add_present_devices(suggesting);
	for (i = 0; named && i < named->n_items; i++)
		suggest(suggesting, named->items[i]);
}

static void suggest_components(const struct suggesting *suggesting,
			       const struct invocation *invocation, const void *request,
			       const json_t *devices)
{
	json_t *device, *component;
	size_t i, j;

	json_array_foreach(devices, i, device)
	{
		json_array_foreach(json_object_get(device, "components"), j, component)
			json_object_set_new(suggesting->names, reply_text(component, "name"),
					    json_true());
	}
	for (i = 0; i < array_size(component_fields); i++) {
		char *const *name = find_member(invocation, request, component_fields[i],
						FIELD_NAME);

		suggest(suggesting, name ? *name : NULL);
	}
}

/* The error that an unknown name leads to selects the row. */
static const struct {
	enum error_id id;
	void (*suggest)(const struct suggesting *suggesting, const struct invocation *invocation,
			const void *request, const json_t *devices);
} kinds[] = {
	{ ERROR_NO_SUCH_DEVICE, suggest_devices },
	{ ERROR_NO_SUCH_COMPONENT, suggest_components },
};

void suggest_names(const struct invocation *invocation, const void *request, json_t *refusal)
{
	json_t *parameters = json_object_get(refusal, "parameters");
	const char *dot = strrchr(reply_text(refusal, "error"), '.');
	cleanup(json_decrefp) json_t *reply = NULL;

	for (size_t i = 0; dot && i < array_size(kinds); i++) {
		cleanup(suggesting_done) struct suggesting suggesting = {
			json_object(), json_object_get(parameters, "detail")
		};

		if (strcmp(dot + 1, error_name(kinds[i].id)) != 0)
			continue;
		reply = ask(invocation, request);
		kinds[i].suggest(&suggesting, invocation, request,
				 json_object_get(reply, "devices"));
		return;
	}
}
