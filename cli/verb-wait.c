// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Waits until devices run their chains. Each event is a reason to look again; so is the passing of a second, in case an
 * event was missed. A daemon that does not run yet is waited for, too.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/interval.h"
#include "cli/show.h"
#include "cli/verb.h"
#include "lib/call.h"

#include <stdio.h>
#include <string.h>

#define LOOK_AGAIN 1000000 /* microseconds */
#define RECONNECT  200000

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "for", "STATE", NULL,
	  "running: the devices run their chains, with all components; attached:\n"
	  "components may have failed, or be suspended (default: running)" },
	{ "component", "NAME", NULL, "also wait until the devices run this component" },
	{ "timeout", "TIME", NULL, "give up after TIME, such as 30s or 5min (default: never)" },
	{},
};

struct waiting {
	const struct status_request *request;
	bool components; /* they must all run */
	const char *component;
	struct xdpd_request *status;
	uint64_t deadline; /* UINT64_MAX: none */
	enum outcome {
		NOT_YET,
		REACHED,
		REFUSED,
	} outcome;
	bool connected; /* the daemon was reached the last time */
	char *why;	/* what was missing the last time */
	bool changed;	/* since the last look */
	bool over;	/* the connection has ended */
};

static void connection_dropp(struct xdpd_connection **connection)
{
	xdpd_disconnect(*connection);
}

static void reply_unrefp(struct xdpd_reply **reply)
{
	xdpd_reply_unref(*reply);
}

static void public_error_done(struct xdpd_error *error)
{
	xdpd_error_free(error);
}

/* Keeps the sentence; false, for callers that have not found what they want. */
__attribute__((format(printf, 2, 3))) static bool note(struct waiting *waiting, const char *format,
						       ...)
{
	va_list arguments;

	free(steal(waiting->why));
	va_start(arguments, format);
	if (vasprintf(&waiting->why, format, arguments) < 0)
		waiting->why = NULL;
	va_end(arguments);
	return false;
}

static bool has_component(const json_t *components, const char *name)
{
	json_t *component;
	size_t i;

	json_array_foreach(components, i, component)
	{
		if (!strcmp(reply_text(component, "name"), name))
			return true;
	}
	return false;
}

static bool runs_components(struct waiting *waiting, const json_t *device)
{
	const json_t *components = json_object_get(device, "components");
	const char *ifname = reply_text(device, "ifname");
	json_t *component;
	size_t i;

	if (waiting->component && !has_component(components, waiting->component))
		return note(waiting, "%s has no component '%s'", ifname, waiting->component);
	json_array_foreach(components, i, component)
	{
		const char *state = reply_text(component, "state"), *name;

		name = reply_text(component, "name");
		if (!strcmp(state, "running"))
			continue;
		if (waiting->component ? !strcmp(name, waiting->component)
				       : waiting->components && strcmp(state, "parked") != 0)
			return note(waiting, "'%s' on %s is %s%s%s", name, ifname, state,
				    *reply_text(component, "failure") ? ": " : "",
				    reply_text(component, "failure"));
	}
	return true;
}

static bool is_running(struct waiting *waiting, const json_t *device)
{
	const char *ifname = reply_text(device, "ifname"), *state = reply_text(device, "state");
	const char *why = reply_text(device, "note");

	if (strcmp(state, "attached") != 0)
		return note(waiting, "%s is %s%s%s", ifname, state, *why ? ": " : "", why);
	if (waiting->components && json_object_get(device, "suspended"))
		return note(waiting, "%s is suspended", ifname);
	return runs_components(waiting, device);
}

/* Also in the order in which the devices were named. */
static bool are_running(struct waiting *waiting, const json_t *devices)
{
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		if (!is_running(waiting, device))
			return false;
	}
	return true;
}

/* May the request succeed later? */
static bool is_passing(const struct xdpd_error *error)
{
	return xdpd_error_has_name(error, XDPD_ERROR_NO_SUCH_DEVICE) ||
	       xdpd_error_has_name(error, XDPD_ERROR_NO_SUCH_NAMESPACE) ||
	       xdpd_error_has_name(error, XDPD_ERROR_LIMIT_EXCEEDED) ||
	       xdpd_error_has_name(error, XDPD_ERROR_TIMED_OUT) ||
	       xdpd_error_has_name(error, XDPD_ERROR_DISCONNECTED);
}

static uint64_t time_left(const struct waiting *waiting)
{
	uint64_t now = interval_now();

	if (waiting->deadline == UINT64_MAX)
		return XDPD_FOREVER;
	return now < waiting->deadline ? waiting->deadline - now : 0;
}

static void look(struct waiting *waiting, struct xdpd_connection *connection)
{
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;
	cleanup(reply_unrefp) struct xdpd_reply *reply = NULL;

	waiting->changed = false;
	if (xdpd_call(connection, waiting->status, time_left(waiting), &reply, &error) == 0) {
		const json_t *devices = json_object_get(reply_parameters(reply), "devices");

		if (are_running(waiting, devices))
			waiting->outcome = REACHED;
		return;
	}
	note(waiting, "%s", error.message);
	waiting->over = xdpd_error_has_name(&error, XDPD_ERROR_DISCONNECTED) ||
			xdpd_error_has_name(&error, XDPD_ERROR_TIMED_OUT);
	if (!is_passing(&error))
		waiting->outcome = REFUSED;
}

static void heard(struct xdpd_reply *reply, void *userdata)
{
	const struct xdpd_error *error = xdpd_reply_get_error(reply);
	struct waiting *waiting = userdata;

	waiting->changed = true;
	if (!error)
		return;
	waiting->over = true;
	note(waiting, "%s", error->message);
	if (!is_passing(error))
		waiting->outcome = REFUSED;
}

static bool is_over(const struct waiting *waiting)
{
	return waiting->over || waiting->outcome != NOT_YET || time_left(waiting) == 0;
}

/* Waits with one pair of connections: one for events, and one to ask what runs. */
static void wait_connected(struct waiting *waiting, struct xdpd_connection *events,
			   struct xdpd_connection *calls)
{
	look(waiting, calls);
	while (!is_over(waiting)) {
		uint64_t left = time_left(waiting);
		int result = xdpd_process(events);

		if (result == 0 && !waiting->changed)
			waiting->changed = !xdpd_wait(events,
						      left < LOOK_AGAIN ? left : LOOK_AGAIN);
		else if (result <= 0 && !waiting->over)
			look(waiting, calls);
	}
}

static void wait_once(struct waiting *waiting, const char *socket)
{
	const struct xdpd_monitor all = { .size = sizeof(all) };
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;
	cleanup(connection_dropp) struct xdpd_connection *events = NULL;
	cleanup(connection_dropp) struct xdpd_connection *calls = NULL;

	waiting->over = false;
	waiting->connected = xdpd_connect(socket, &events, &error) == 0 &&
			     xdpd_connect(socket, &calls, &error) == 0 &&
			     xdpd_listen(events, &all, heard, waiting, &error) == 0;
	if (!waiting->connected)
		note(waiting, "%s", error.message);
	else
		wait_connected(waiting, events, calls);
}

static enum exit_status wait_for_devices(struct waiting *waiting,
					 const struct invocation *invocation)
{
	const char *timeout = option_given(invocation, "timeout");

	for (;;) {
		uint64_t left;

		wait_once(waiting, invocation->socket);
		left = time_left(waiting);
		if (waiting->outcome != NOT_YET || left == 0)
			break;
		interval_wait_until(interval_now() + (left < RECONNECT ? left : RECONNECT));
	}
	if (waiting->outcome == REACHED)
		return EXIT_DONE;
	if (waiting->outcome == REFUSED)
		report_error("%s", waiting->why ?: "out of memory");
	else
		report_error("gave up after %s: %s", timeout, waiting->why ?: "out of memory");
	return waiting->connected ? EXIT_REFUSED : EXIT_NO_DAEMON;
}

static enum exit_status read_options(const struct invocation *invocation, struct waiting *waiting)
{
	const char *state = option_given(invocation, "for") ?: "running";
	uint64_t usec = 0;
	enum exit_status status = interval_parse(invocation->verb, "timeout",
						 option_given(invocation, "timeout"), &usec);

	waiting->components = !strcmp(state, "running");
	waiting->component = option_given(invocation, "component");
	if (status == EXIT_DONE && !waiting->components && strcmp(state, "attached") != 0)
		status = usage(invocation->verb, "--for takes running or attached, not '%s'",
			       state);
	if (status == EXIT_DONE && !waiting->request->devices.n_items)
		status = usage(invocation->verb, "wait needs --dev");
	if (usec)
		waiting->deadline = interval_now() + usec;
	return status;
}

static bool converse(const struct invocation *invocation, const void *request,
		     enum exit_status *ret_status, json_t **ret)
{
	struct waiting waiting = { .request = request, .deadline = UINT64_MAX };
	cleanup(error_done) struct error error = {};

	(void)ret;
	*ret_status = read_options(invocation, &waiting);
	if (*ret_status != EXIT_DONE)
		return true;
	if (request_from_table(&methods[METHOD_STATUS], request, false, &waiting.status, &error) <
	    0) {
		report_error("%s", error.message ?: "out of memory");
		*ret_status = EXIT_USAGE;
		return true;
	}
	*ret_status = wait_for_devices(&waiting, invocation);
	xdpd_request_free(waiting.status);
	free(waiting.why);
	return true;
}

const struct verb verb_wait = {
	.name = "wait",
	.summary = "Wait until devices run their chains.",
	.method = METHOD_STATUS,
	.options = options,
	.converse = converse,
};
