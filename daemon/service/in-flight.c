#include "daemon/service/in-flight.h"

#include "base/cleanup.h"
#include "daemon/service/audit.h"
#include "daemon/service/encode-plan.h"
#include "daemon/service/encode-test.h"

struct in_flight {
	LIST_ENTRY(in_flight) entry;
	bool listed;
	struct peer *peer; /* NULL: nobody waits for the answer */
	struct credentials client;
	const struct method *method;
	struct control *control;
	size_t object_size;
};

static void in_flight_drop(struct in_flight **p)
{
	struct in_flight *in_flight = steal(*p);

	if (!in_flight)
		return;
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

uint64_t in_flight_objects_size(const struct in_flight_list *list)
{
	const struct in_flight *in_flight;
	uint64_t size = 0;

	LIST_FOREACH(in_flight, list, entry)
	{
		size += in_flight->object_size;
	}
	return size;
}

/* Is there room for one more change of that user, with an object of that size? */
static int check_room(const struct in_flight_list *list, const struct settings *settings, uid_t uid,
		      size_t object_size, struct error *error)
{
	uint64_t n_all = 0, n_of_user = 0, n_bytes = in_flight_objects_size(list);
	const struct in_flight *in_flight;

	LIST_FOREACH(in_flight, list, entry)
	{
		n_all++;
		n_of_user += in_flight->client.uid == uid;
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

static int in_flight_new(struct peer *peer, const struct change *change, struct in_flight **ret,
			 struct error *error)
{
	struct service *service = peer_service(peer);
	const struct credentials *client = peer_credentials(peer);
	size_t object_size = change_objects_size(change);
	struct in_flight *in_flight;
	int result;

	result = check_room(service_in_flight(service), service_settings(service), client->uid,
			    object_size, error);
	if (result < 0)
		return result;
	in_flight = calloc(1, sizeof(*in_flight));
	if (!in_flight)
		return error_memory(error);
	in_flight->peer = peer_is_oneway(peer) ? NULL : peer;
	in_flight->client = *client;
	in_flight->method = peer_method(peer);
	in_flight->control = service_control(service);
	in_flight->object_size = object_size;
	LIST_INSERT_HEAD(service_in_flight(service), in_flight, entry);
	in_flight->listed = true;
	*ret = in_flight;
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

		LIST_REMOVE(in_flight, entry);
		in_flight->listed = false;
	}
}
