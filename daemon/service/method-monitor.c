// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Monitor: streams events to a client. Events that the client has not read yet are kept up to a limit.
 * Events after that are lost to it; before its next event it is told how many.
 */
#include "base/cleanup.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/encode-event.h"
#include "daemon/service/varlink-service.h"
#include "daemon/state/device.h"
#include "daemon/state/find-device.h"

#include <assert.h>
#include <string.h>

struct subscription {
	struct event_listener listener;
	struct peer *peer;
	struct events *events;
	struct strings devices; /* empty: all devices */
	bool has_netns;		/* only events of devices in this namespace: */
	char *netns;		/* its path; NULL: the daemon's own */
	uint64_t kinds;		/* one bit for each kind of event */
	uint64_t n_lost;
};
static_assert(LOG_EVENT_COUNT <= 64, "a bit for every kind of event");

static void subscription_drop(struct subscription **p)
{
	struct subscription *subscription = steal(*p);

	if (!subscription)
		return;
	strings_done(&subscription->devices);
	free(subscription->netns);
	free(subscription);
}

static size_t count_devices(const struct event *event)
{
	size_t position = 0, n = 0;

	while (event_field_next(event, "DEVICE", &position))
		n++;
	return n;
}

/* An event of several devices without a namespace can be of any. */
static bool is_in(const struct event *event, const char *netns)
{
	size_t position = 0, n_devices = count_devices(event);
	const char *place = event_field_next(event, "NETNS", &position);

	return (n_devices > 1 && !place) || (n_devices > 0 && same_netns(place, netns));
}

static bool has_name(const struct event *event, const struct strings *devices)
{
	size_t position = 0;
	const char *ifname;

	while ((ifname = event_field_next(event, "DEVICE", &position)))
		if (strings_have(devices, ifname))
			return true;
	return devices->n_items == 0;
}

static bool is_about(const struct event *event, const struct subscription *subscription)
{
	return has_name(event, &subscription->devices) &&
	       (!subscription->has_netns || is_in(event, subscription->netns));
}

static void heard(void *userdata, const struct event *event)
{
	struct subscription *subscription = userdata;

	if (!(subscription->kinds & 1ull << event->kind) || !is_about(event, subscription))
		return;
	if (subscription->n_lost > 0 || !peer_continue(subscription->peer, event_encode(event)))
		subscription->n_lost++;
}

/* Reports an event to this client only. */
static bool tell(const struct subscription *subscription, enum log_event kind,
		 const struct log_fields *fields, const char *sentence)
{
	struct event event = { .kind = kind, .sentence = sentence, .fields = fields };

	event_stamp(subscription->events, &event);
	return peer_continue(subscription->peer, event_encode(&event));
}

static void drained(void *userdata)
{
	struct subscription *subscription = userdata;
	cleanup(log_fields_done) struct log_fields fields = {};

	if (subscription->n_lost == 0)
		return;
	log_fields_add(&fields, "LOST=%llu", (unsigned long long)subscription->n_lost);
	if (tell(subscription, LOG_EVENT_LOST, &fields,
		 "the client did not read in time, and missed events"))
		subscription->n_lost = 0;
}

static void ended(void *userdata)
{
	struct subscription *subscription = userdata;

	events_ignore(&subscription->listener);
	subscription_drop(&subscription);
}

static const struct peer_stream_events stream_events = { drained, ended };

static int read_kinds(const struct strings *names, uint64_t *ret, struct error *error)
{
	*ret = names->items ? 0 : UINT64_MAX;
	for (size_t i = 0; i < names->n_items; i++) {
		enum log_event kind;

		if (!log_event_find(names->items[i], &kind))
			return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
					 "kinds: unknown kind of event '%s'", names->items[i]);
		*ret |= 1ull << kind;
	}
	return 0;
}

/* Events have the names of devices; the client may have used alternative names. */
static int add_names(const struct registry *registry, const char *netns, struct strings *devices,
		     struct error *error)
{
	size_t n_given = devices->n_items;

	for (size_t i = 0; i < n_given; i++) {
		const struct device *device = find_device(registry, netns, devices->items[i]);

		if (device && !strings_have(devices, device->ifname) &&
		    strings_add(devices, device->ifname, strlen(device->ifname)) < 0)
			return error_memory(error);
	}
	return 0;
}

int method_monitor(struct peer *peer, void *userdata, struct error *error)
{
	struct monitor_request *request = userdata;
	const struct log_fields none = {};
	cleanup(subscription_drop) struct subscription *subscription = NULL;
	cleanup(freep) char *netns = NULL;
	uint64_t kinds;
	int result = read_kinds(&request->kinds, &kinds, error)
			     ?: netns_path(request->netns, &netns, error)
			     ?: add_names(control_registry(peer_context(peer)->control), netns,
					  &request->devices, error);

	if (result < 0)
		return result;
	if (!peer_wants_more(peer)) {
		peer_fail_named(peer, VARLINK_SERVICE ".ExpectedMore", json_object());
		return 0;
	}
	subscription = calloc(1, sizeof(*subscription));
	if (!subscription)
		return error_memory(error);
	subscription->listener = (struct event_listener){ .heard = heard,
							  .userdata = subscription };
	subscription->peer = peer;
	subscription->events = control_events(peer_context(peer)->control);
	subscription->devices = request->devices;
	request->devices = (struct strings){};
	/* Devices that are named without a namespace are in the client's, which is the daemon's own here. */
	subscription->has_netns = request->netns || subscription->devices.n_items > 0;
	subscription->netns = steal(netns);
	subscription->kinds = kinds;
	events_listen(subscription->events, &subscription->listener);
	peer_stream(peer, &stream_events, subscription);
	tell(subscription, LOG_EVENT_LISTENING, &none, "listening to xdpd " XDPD_VERSION);
	steal(subscription);
	return 0;
}
