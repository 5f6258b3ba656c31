#include "daemon/service/in-flight.h"

#include "base/cleanup.h"
#include "daemon/service/audit.h"
#include "daemon/service/context.h"
#include "daemon/service/encode-plan.h"
#include "daemon/service/encode-test.h"

struct in_flight {
	LIST_ENTRY(in_flight) entry;
	bool listed;
	struct peer *peer; /* NULL: nobody waits for the answer */
	struct credentials client;
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
	free(in_flight);
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
	struct in_flight *in_flight = userdata;
	struct peer *peer = in_flight->peer;
	bool verified = in_flight->method == &methods[METHOD_VERIFY];
	bool tested = in_flight->method == &methods[METHOD_TEST];

	if (result && !verified)
		audit_changed(&in_flight->client, in_flight->method, result,
			      control_registry(in_flight->control));
	in_flight_drop(&in_flight);
	if (peer && error)
		peer_fail(peer, error);
	else if (peer && tested)
		peer_reply(peer, packet_tests_encode(result));
	else if (peer)
		peer_confirm(peer, verified ? encode_findings(result) : encode_results(result));
}

static int in_flight_new(struct peer *peer, const struct change *change, struct in_flight **ret,
			 struct error *error)
{
	const struct context *context = peer_context(peer);
	const struct credentials *client = peer_credentials(peer);
	cleanup(in_flight_drop) struct in_flight *in_flight = calloc(1, sizeof(*in_flight));
	int result;

	if (!in_flight)
		return error_memory(error);
	in_flight->usage.uid = client->uid;
	in_flight->usage.objects_size = change_objects_size(change);
	result = quota_add_change(context->quota, &in_flight->usage, error);
	if (result < 0)
		return result;
	in_flight->peer = peer_is_oneway(peer) ? NULL : peer;
	in_flight->client = *client;
	in_flight->method = peer_method(peer);
	in_flight->control = context->control;
	LIST_INSERT_HEAD(context->in_flight, in_flight, entry);
	in_flight->listed = true;
	*ret = steal(in_flight);
	return 0;
}

int in_flight_submit(struct peer *peer, struct change *change, struct error *error)
{
	struct in_flight *in_flight = NULL;
	int result = in_flight_new(peer, change, &in_flight, error);

	if (result < 0) {
		change_drop(&change);
		return result;
	}
	result = control_submit(in_flight->control, change, decided, in_flight, error);
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
