#include "daemon/service/in-flight.h"

#include "base/cleanup.h"
#include "daemon/service/audit.h"
#include "daemon/service/encode-plan.h"
#include "daemon/service/encode-test.h"

struct pending {
	LIST_ENTRY(pending) entry;
	bool listed;
	struct peer *peer; /* NULL: nobody waits for the answer */
	struct client client;
	const struct method *method;
	struct control *control;
	size_t object_size;
};

static void pending_drop(struct pending **p)
{
	struct pending *pending = steal(*p);

	if (!pending)
		return;
	if (pending->listed)
		LIST_REMOVE(pending, entry);
	free(pending);
}

static json_t *encode_result(const struct device_result *result)
{
	json_t *object = json_pack("{s:o, s:I, s:o*, s:I, s:o*}", "ifname",
				   text_encode(result->ifname), "ifindex",
				   (json_int_t)result->ifindex, "name",
				   result->name ? text_encode(result->name) : NULL, "generation",
				   (json_int_t)result->generation, "note",
				   result->note ? text_encode(result->note) : NULL);

	if (object && result->mode != MODE_UNSET)
		json_object_set_new(object, "mode", json_string(xdp_mode_name(result->mode)));
	if (object && result->confirm_within)
		json_object_set_new(object, "confirm_within", json_integer(result->confirm_within));
	return object;
}

static json_t *encode_finding(const struct finding *finding)
{
	return json_pack("{s:o*, s:o, s:b}", "ifname",
			 finding->ifname ? text_encode(finding->ifname) : NULL, "difference",
			 text_encode(finding->sentence), "mended", finding->repaired);
}

static json_t *encode_findings(const struct change_result *result)
{
	json_t *findings = json_array();

	for (size_t i = 0; i < result->n_findings; i++)
		json_array_append_new(findings, encode_finding(&result->findings[i]));
	return findings ? json_pack("{s:o}", "findings", findings) : NULL;
}

static json_t *encode_plans(const struct change_result *result)
{
	json_t *plans = json_array();

	for (size_t i = 0; i < result->n_plans; i++)
		json_array_append_new(plans, plan_encode(&result->plans[i]));
	return plans;
}

static json_t *encode_results(const struct change_result *result)
{
	json_t *results = json_array();

	for (size_t i = 0; i < result->n_devices; i++)
		json_array_append_new(results, encode_result(&result->devices[i]));
	return json_pack("{s:o, s:o*}", "results", results, "plan",
			 result->n_plans ? encode_plans(result) : NULL);
}

static void decided(void *userdata, const struct change_result *result, const struct error *error)
{
	struct pending *pending = userdata;
	struct peer *peer = pending->peer;
	bool verified = pending->method == &methods[METHOD_VERIFY];
	bool tested = pending->method == &methods[METHOD_TEST];

	if (result && !verified)
		audit_changed(&pending->client, pending->method, result,
			      control_registry(pending->control));
	pending_drop(&pending);
	if (peer && error)
		peer_fail(peer, error);
	else if (peer && tested)
		peer_reply(peer, packet_tests_encode(result));
	else if (peer)
		peer_confirm(peer, verified ? encode_findings(result) : encode_results(result));
}

/* Is there room for one more change of that user, with an object of that size? */
static int check_room(const struct pending_list *list, const struct settings *settings, uid_t uid,
		      size_t object_size, struct error *error)
{
	uint64_t n_all = 0, n_of_user = 0, n_bytes = 0;
	const struct pending *pending;

	LIST_FOREACH(pending, list, entry)
	{
		n_all++;
		n_of_user += pending->client.uid == uid;
		n_bytes += pending->object_size;
	}
	if (n_all >= settings->max_changes)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "%llu changes are in progress, which is the maximum (max-changes)",
				 (unsigned long long)n_all);
	if (n_of_user >= settings->max_changes_per_user)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "%llu changes of uid %u are in progress, which is the maximum "
				 "(max-changes-per-user)",
				 (unsigned long long)n_of_user, uid);
	if (object_size && n_bytes + object_size > settings->max_object_buffer)
		return error_set(error, ERROR_LIMIT_EXCEEDED, -EDQUOT,
				 "the objects of the changes in progress have %llu bytes; this "
				 "change would exceed the limit (max-object-buffer)",
				 (unsigned long long)n_bytes);
	return 0;
}

static int pending_new(struct peer *peer, const struct change *change, struct pending **ret,
		       struct error *error)
{
	struct service *service = peer_service(peer);
	const struct client *client = peer_client(peer);
	size_t object_size = change_objects_size(change);
	struct pending *pending;
	int result;

	result = check_room(service_pending(service), service_settings(service), client->uid,
			    object_size, error);
	if (result < 0)
		return result;
	pending = calloc(1, sizeof(*pending));
	if (!pending)
		return error_memory(error);
	pending->peer = peer_is_oneway(peer) ? NULL : peer;
	pending->client = *client;
	pending->method = peer_method(peer);
	pending->control = service_control(service);
	pending->object_size = object_size;
	LIST_INSERT_HEAD(service_pending(service), pending, entry);
	pending->listed = true;
	*ret = pending;
	return 0;
}

int pending_submit(struct peer *peer, struct change *change, struct error *error)
{
	struct pending *pending = NULL;
	int result = pending_new(peer, change, &pending, error);

	if (result < 0) {
		change_drop(&change);
		return result;
	}
	result = control_submit(pending->control, change, decided, pending, error);
	if (result < 0)
		pending_drop(&pending);
	else if (peer_is_oneway(peer))
		peer_confirm(peer, json_object());
	return result;
}

void pending_forget(struct pending_list *list, const struct peer *peer)
{
	struct pending *pending, *next;

	for (pending = LIST_FIRST(list); pending; pending = next) {
		next = LIST_NEXT(pending, entry);
		if (pending->peer != peer)
			continue;
		pending->peer = NULL;
		if (!control_forget(pending->control, pending))
			pending_drop(&pending);
	}
}

void pending_orphan(struct pending_list *list)
{
	while (!LIST_EMPTY(list)) {
		struct pending *pending = LIST_FIRST(list);

		LIST_REMOVE(pending, entry);
		pending->listed = false;
	}
}
