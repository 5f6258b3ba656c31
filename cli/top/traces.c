// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/top/traces.h"

#include "base/cleanup.h"
#include "cli/or-abort.h"
#include "cli/show.h"
#include "cli/top/latency.h"
#include "cli/trace/session.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/queue.h>

/* A device's trace. A refused one stays, so it is not asked for again. */
struct top_trace {
	LIST_ENTRY(top_trace) entry;
	char *ifname, *netns; /* netns "": the daemon's own */
	struct trace_session session;
	json_t *components; /* of the latest reply; NULL: none yet */
	json_t *refusal;
	bool is_refusal_shown;
	bool is_wanted; /* its device is in the latest list */
	bool is_policy; /* so how long its components take is not known */
	struct chain_latency latency;
};

struct top_traces {
	const char *socket_path;
	uint64_t sample;
	size_t n;
	LIST_HEAD(, top_trace) list;
};

struct top_traces *top_traces_new(const char *socket_path, uint64_t sample)
{
	struct top_traces *traces = or_abort(calloc(1, sizeof(*traces)));

	traces->socket_path = socket_path;
	traces->sample = sample;
	LIST_INIT(&traces->list);
	return traces;
}

static void drop_trace(struct top_traces *traces, struct top_trace *trace)
{
	LIST_REMOVE(trace, entry);
	traces->n--;
	trace_session_end(&trace->session);
	chain_latency_done(&trace->latency);
	json_decref(trace->components);
	json_decref(trace->refusal);
	free(trace->ifname);
	free(trace->netns);
	free(trace);
}

void top_traces_drop(struct top_traces **p)
{
	struct top_traces *traces = steal(*p);

	while (traces && !LIST_EMPTY(&traces->list))
		drop_trace(traces, LIST_FIRST(&traces->list));
	free(traces);
}

static struct top_trace *find_trace(const struct top_traces *traces, const char *ifname,
				    const char *netns)
{
	struct top_trace *trace;

	LIST_FOREACH(trace, &traces->list, entry)
	if (!strcmp(trace->ifname, ifname) && !strcmp(trace->netns, netns))
		return trace;
	return NULL;
}

static void hear(void *userdata, const json_t *reply)
{
	struct top_trace *trace = userdata;
	json_t *components = json_object_get(reply, "components");

	json_decref(trace->components);
	trace->components = reply_printable(components);
	trace->is_policy = json_is_true(json_object_get(reply, "policy"));
	if (trace->latency.generation != reply_number(reply, "generation") ||
	    !trace->latency.components)
		chain_latency_begin(&trace->latency, reply_number(reply, "generation"),
				    json_array_size(components));
}

static enum exit_status begin(struct top_traces *traces, const char *ifname, const char *netns)
{
	struct top_trace *trace = or_abort(calloc(1, sizeof(*trace)));
	const struct trace_request request = {
		.device = trace->ifname = or_abort(strdup(ifname)),
		.netns = *(trace->netns = or_abort(strdup(netns))) ? trace->netns : NULL,
		.sample = { true, traces->sample },
		.snaplen = { true, 0 },
		.journey = true,
	};

	trace->session.heard = hear;
	trace->session.userdata = trace;
	trace->session.ret = &trace->refusal;
	LIST_INSERT_HEAD(&traces->list, trace, entry);
	traces->n++;
	return trace_session_begin(&trace->session, traces->socket_path, &request);
}

static bool is_shown(const json_t *device, const char *filter)
{
	json_t *component;
	size_t i;

	if (strstr(reply_text(device, "ifname"), filter))
		return true;
	json_array_foreach(json_object_get(device, "components"), i, component)
	{
		if (strstr(reply_text(component, "name"), filter))
			return true;
	}
	return false;
}

static enum exit_status begin_new(struct top_traces *traces, const json_t *devices,
				  const char *filter)
{
	enum exit_status status = EXIT_DONE;
	json_t *device;
	size_t i;

	json_array_foreach(devices, i, device)
	{
		const char *ifname = reply_text(device, "ifname");
		const char *netns = reply_text(device, "netns");
		struct top_trace *trace = find_trace(traces, ifname, netns);

		if (status == EXIT_DONE && !trace && traces->n < TOP_TRACES_MAX &&
		    is_shown(device, filter)) {
			status = begin(traces, ifname, netns);
			trace = LIST_FIRST(&traces->list);
		}
		if (trace)
			trace->is_wanted = is_shown(device, filter);
	}
	return status;
}

/* Handles what has come for a trace. EXIT_REFUSED: it cannot be traced. */
static enum exit_status take(struct top_trace *trace)
{
	struct ring_record record;
	enum exit_status status = EXIT_DONE;

	if (trace->session.conversation.continues)
		status = client_process(&trace->session.conversation, false);
	while (trace->components && trace_session_take(&trace->session, &record))
		chain_latency_add(&trace->latency, &record);
	return status;
}

/* A policy calls its components in any order, or not at all, and does something of its own in between. */
static void refuse_policy(struct top_trace *trace)
{
	trace_session_end(&trace->session);
	trace->session = (struct trace_session){};
	trace->refusal = or_abort(json_pack("{s:{s:s}}", "parameters", "message",
					    "its policy calls the components itself, and how long "
					    "they take is not measured"));
}

static bool may_not(const json_t *refusal)
{
	const char *name = strrchr(reply_text(refusal, "error"), '.');

	return name && !strcmp(name + 1, error_name(ERROR_NO_PERMISSION));
}

enum exit_status top_traces_follow(struct top_traces *traces, const json_t *reply,
				   const char *filter, json_t **ret)
{
	struct top_trace *trace, *next;
	enum exit_status status;

	LIST_FOREACH(trace, &traces->list, entry)
	trace->is_wanted = false;
	status = begin_new(traces, json_object_get(reply, "devices"), filter);
	for (trace = LIST_FIRST(&traces->list); status == EXIT_DONE && trace; trace = next) {
		next = LIST_NEXT(trace, entry);
		if (!trace->refusal)
			status = take(trace);
		if (trace->is_policy && !trace->refusal)
			refuse_policy(trace);
		if (status == EXIT_REFUSED && !may_not(trace->refusal))
			status = EXIT_DONE;
		if (status == EXIT_REFUSED)
			*ret = json_incref(trace->refusal);
		/* One that has ended begins again the next time. */
		if (status == EXIT_DONE &&
		    (!trace->is_wanted ||
		     (!trace->refusal && !trace->session.conversation.continues)))
			drop_trace(traces, trace);
	}
	return status;
}

char *top_traces_refusal(struct top_traces *traces)
{
	struct top_trace *trace;
	char *text;

	LIST_FOREACH(trace, &traces->list, entry)
	{
		if (!trace->refusal || trace->is_refusal_shown)
			continue;
		trace->is_refusal_shown = true;
		if (asprintf(&text, "%s: %s", trace->ifname,
			     reply_text(json_object_get(trace->refusal, "parameters"), "message")) <
		    0)
			abort();
		return text;
	}
	return NULL;
}

static struct latency find_latency(const struct top_trace *trace, const char *component)
{
	json_t *object;
	size_t i;

	json_array_foreach(trace->components, i, object)
	{
		if (!strcmp(reply_text(object, "name"), component))
			return chain_latency_get(&trace->latency, i);
	}
	return (struct latency){};
}

void top_traces_apply(const struct top_traces *traces, struct rates_list *list)
{
	list->has_latency = true;
	for (size_t i = 0; i < list->n_devices; i++) {
		struct device_rates *device = &list->devices[i];
		const struct top_trace *trace = find_trace(traces, device->ifname, device->netns);

		for (size_t j = 0; trace && j < device->n_components; j++)
			device->components[j].latency = find_latency(trace,
								     device->components[j].name);
	}
}
