// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/in-flight.h"

#include "base/cleanup.h"
#include "daemon/service/audit.h"
#include "daemon/service/context.h"

struct in_flight {
	LIST_ENTRY(in_flight) entry;
	bool listed;
	const struct in_flight_type *type;
	struct peer *peer; /* NULL: no client waits for the answer */
	struct credentials client;
	struct audit_request request;
	bool is_dry_run;
	const struct method *method;
	struct control *control;
	struct change_usage usage;
};

static void in_flight_drop(struct in_flight **p)
{
	struct in_flight *in_flight = steal(*p);

	if (!in_flight)
		return;
	quota_remove_change(&in_flight->usage);
	if (in_flight->listed)
		LIST_REMOVE(in_flight, entry);
	audit_request_done(&in_flight->request);
	free(in_flight);
}

void in_flight_done(void *userdata, const void *result, const struct error *error)
{
	struct in_flight *in_flight = userdata;
	const struct in_flight_type *type = in_flight->type;
	struct peer *peer = in_flight->peer;

	if (result && type->audits)
		audit_changed(control_events(in_flight->control), &in_flight->client,
			      in_flight->method, &in_flight->request, result,
			      control_registry(in_flight->control),
			      control_signing(in_flight->control));
	if (error && type->audits && !in_flight->is_dry_run)
		audit_failed(control_events(in_flight->control), &in_flight->client,
			     in_flight->method, &in_flight->request, error);
	in_flight_drop(&in_flight);
	if (peer && error)
		peer_fail(peer, error);
	else if (peer)
		type->reply(peer, type->encode(result));
}

int in_flight_begin(struct peer *peer, const struct in_flight_type *type, size_t objects_size,
		    struct in_flight **ret, struct error *error)
{
	const struct context *context = peer_context(peer);
	const struct credentials *client = peer_credentials(peer);
	cleanup(in_flight_drop) struct in_flight *in_flight = calloc(1, sizeof(*in_flight));
	int result;

	if (!in_flight)
		return error_memory(error);
	in_flight->usage.uid = client->uid;
	in_flight->usage.is_limited = !client->may[RIGHT_CHANGE];
	in_flight->usage.objects_size = objects_size;
	result = quota_add_change(context->quota, &in_flight->usage, error);
	if (result < 0)
		return result;
	in_flight->type = type;
	in_flight->peer = peer_is_oneway(peer) ? NULL : peer;
	in_flight->client = *client;
	in_flight->method = peer_method(peer);
	in_flight->control = context->control;
	LIST_INSERT_HEAD(context->in_flight, in_flight, entry);
	in_flight->listed = true;
	*ret = steal(in_flight);
	return 0;
}

void in_flight_describe(struct in_flight *in_flight, const struct change *change)
{
	in_flight->is_dry_run = change->dry_run;
	audit_request_init(&in_flight->request, change);
}

int in_flight_end(struct peer *peer, struct in_flight *in_flight, int result)
{
	if (result < 0)
		in_flight_drop(&in_flight);
	else if (peer_is_oneway(peer))
		peer_confirm(peer, json_object());
	return result;
}

void in_flight_forget(struct in_flight_list *list, const struct peer *peer)
{
	struct in_flight *in_flight, *next;

	for (in_flight = LIST_FIRST(list); in_flight; in_flight = next) {
		next = LIST_NEXT(in_flight, entry);
		if (in_flight->peer != peer)
			continue;
		in_flight->peer = NULL;
		if (!control_forget(in_flight->control, in_flight))
			in_flight_drop(&in_flight);
	}
}

void in_flight_abandon(struct in_flight_list *list)
{
	while (!LIST_EMPTY(list)) {
		struct in_flight *in_flight = LIST_FIRST(list);

		quota_remove_change(&in_flight->usage);
		LIST_REMOVE(in_flight, entry);
		in_flight->listed = false;
	}
}
