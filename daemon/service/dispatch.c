// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/dispatch.h"

#include "base/cleanup.h"
#include "daemon/service/audit.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/varlink-service.h"

#include <string.h>

static int refuse_right(const struct peer *peer, enum right right, struct error *error)
{
	const struct credentials *client = peer_credentials(peer);
	const struct method *method = peer_method(peer);

	audit_refused(control_events(peer_context(peer)->control), client, method);
	return credentials_refuse(client, method, right, peer_context(peer)->settings, error);
}

int dispatch_check_right(const struct peer *peer, enum right right, struct error *error)
{
	return peer_credentials(peer)->may[right] ? 0 : refuse_right(peer, right, error);
}

/*
 * A dry run changes nothing, and neither does a method that only reads objects. Limits are logged elsewhere.
 */
static bool is_refused_change(const struct method *method, const void *request,
			      const struct error *error)
{
	bool is_dry_run = method == &methods[METHOD_APPLY] &&
			  ((const struct apply_request *)request)->dry_run;

	return method->right == RIGHT_CHANGE && method != &methods[METHOD_TEST] &&
	       method != &methods[METHOD_OBJECT] && !is_dry_run &&
	       error->id != ERROR_LIMIT_EXCEEDED;
}

/* The client has the right to call the method. */
static int call_allowed(struct peer *peer, const struct method *method, const json_t *parameters,
			struct fds *fds, void *request, struct error *error)
{
	int result = request_decode(method, parameters, fds, request, error);
	char *netns = NULL;

	if (result == 0)
		result = client_netns_set(peer_socket(peer),
					  control_registry(peer_context(peer)->control), method,
					  request, &netns, error);
	peer_set_netns(peer, netns);
	if (result == 0)
		result = method_handlers[method - methods](peer, request, error);
	if (result < 0 && is_refused_change(method, request, error))
		audit_failed(control_events(peer_context(peer)->control), peer_credentials(peer),
			     method, NULL, error);
	return result;
}

static int call_method(struct peer *peer, const struct method *method, const json_t *parameters,
		       struct fds *fds, struct error *error)
{
	void *request = calloc(1, method->request_size);
	int result;

	if (!request)
		return error_memory(error);
	request_init(method, request);
	peer_set_method(peer, method);
	result = credentials_allow(peer_credentials(peer), method)
			 ? 0
			 : refuse_right(peer, method->right, error);
	if (result == 0)
		result = call_allowed(peer, method, parameters, fds, request, error);
	request_done(method, request);
	free(request);
	return result;
}

/* Does the name belong to the interface, whether the method exists or not? */
static bool is_of(const char *name, const char *interface)
{
	const char *dot = strrchr(name, '.');
	size_t length = strlen(interface);

	return dot && (size_t)(dot - name) == length && !strncmp(name, interface, length);
}

static void call_named(struct peer *peer, const char *name, const json_t *parameters,
		       struct fds *fds)
{
	const char *dot = strrchr(name, '.');
	cleanup(error_done) struct error error = {};
	const struct method *method;

	if (varlink_service_call(peer, name, parameters))
		return;
	if (!is_of(name, INTERFACE_NAME) && !is_of(name, VARLINK_SERVICE)) {
		peer_fail_named(peer, VARLINK_SERVICE ".InterfaceNotFound",
				json_pack("{s:s#}", "interface", name,
					  (int)(dot ? dot - name : (long)strlen(name))));
		return;
	}
	method = is_of(name, INTERFACE_NAME) ? method_find(dot + 1) : NULL;
	if (!method) {
		peer_fail_named(peer, VARLINK_SERVICE ".MethodNotFound",
				json_pack("{s:s}", "method", name));
		return;
	}
	if (call_method(peer, method, parameters, fds, &error) < 0)
		peer_fail(peer, &error);
}

static bool refuse(struct peer *peer, const char *why, const char *more)
{
	cleanup(error_done) struct error error = {};

	error_set(&error, ERROR_INVALID_ARGUMENT, -EINVAL,
		  "the request is not a Varlink call: %s%s", why, more);
	peer_fail(peer, &error);
	return false;
}

bool dispatch_waits_for_devices(const char *message)
{
	cleanup(json_decrefp) json_t *call = json_loads(message, JSON_REJECT_DUPLICATES, NULL);
	const char *name = json_string_value(json_object_get(call, "method"));
	const struct method *method = name && is_of(name, INTERFACE_NAME)
					      ? method_find(strrchr(name, '.') + 1)
					      : NULL;

	return !method || !method->at_once;
}

bool dispatch_message(struct peer *peer, const char *message, struct fds *fds)
{
	cleanup(json_decrefp) json_t *call = NULL;
	const json_t *parameters;
	json_error_t problem;
	const char *name;

	call = json_loads(message, JSON_REJECT_DUPLICATES, &problem);
	peer_begin(peer, json_is_true(json_object_get(call, "oneway")),
		   json_is_true(json_object_get(call, "more")));
	if (!call)
		return refuse(peer, "not JSON: ", problem.text);
	name = json_string_value(json_object_get(call, "method"));
	if (!name)
		return refuse(peer, "it names no method", "");
	parameters = json_object_get(call, "parameters");
	if (parameters && !json_is_object(parameters))
		return refuse(peer, "its parameters are not an object", "");
	call_named(peer, name, parameters, fds);
	return true;
}
