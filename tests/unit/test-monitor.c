// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* Clients that listen to events: what they get, and what happens to clients that do not read. */
#define _GNU_SOURCE
#include "daemon/events/events.h"
#include "tests/unit/fake-control.h"

#include <stdio.h>
#include <string.h>

#define MONITOR(parameters) \
	"{\"method\":\"io.xdpd.Monitor\",\"more\":true,\"parameters\":{" parameters "}}"
#define KEPT_MAX (128 * 1024) /* the maximum number of bytes for a client that does not read */

static void happen_in(struct world *world, enum log_event kind, const char *ifname,
		      const char *netns)
{
	events_report_device(world->control.events, kind, ifname, netns, "something happened");
	run(world);
}

static void happen(struct world *world, enum log_event kind, const char *ifname)
{
	happen_in(world, kind, ifname, NULL);
}

/* The value of that member in the next event; "" if the event lacks it. */
static const char *next_text(struct world *world, struct stream *client, const char *member)
{
	static char text[128];
	cleanup(json_decrefp) json_t *reply = receive(world, client);
	const json_t *event = json_object_get(json_object_get(reply, "parameters"), "event");
	const char *value = json_string_value(json_object_get(event, member));

	assert_non_null(event);
	assert_true(json_is_true(json_object_get(reply, "continues")));
	snprintf(text, sizeof(text), "%s", value ?: "");
	return text;
}

static void listen_to(struct world *world, struct stream *client, const char *call)
{
	client_init(world, client);
	send_text(world, client, call, NULL);
	assert_string_equal(next_text(world, client, "kind"), "listening");
}

static void a_listener_gets_every_event_as_the_interface_says(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	cleanup(log_fields_done) struct log_fields fields = {};
	json_t *reply;

	listen_to(world, &client, MONITOR(""));
	log_fields_add(&fields, "DEVICE=eth0");
	log_fields_add(&fields, "DEVICE=eth1");
	log_fields_add(&fields, "GENERATION=3");
	log_fields_add(&fields, "CLIENT_UID=1000");
	log_fields_add(&fields, "METHOD=Attach");
	events_report(world->control.events, LOG_EVENT_NOT_CHANGED, &fields, "Attach \"%s\"",
		      "failed");
	reply = receive(world, &client);
	assert_int_equal(
		json_array_size(json_object_get(
			json_object_get(json_object_get(reply, "parameters"), "event"), "devices")),
		2);
	assert_int_equal(
		json_integer_value(json_object_get(
			json_object_get(json_object_get(reply, "parameters"), "event"), "uid")),
		1000);
	succeeds(reply, &methods[METHOD_MONITOR]);
	happen(world, LOG_EVENT_SWAPPED, "eth0");
	happen(world, LOG_EVENT_FUSED, "eth0");
	assert_string_equal(next_text(world, &client, "kind"), "swapped");
	assert_string_equal(next_text(world, &client, "kind"), "fused");
	assert_null(receive(world, &client));
}

static void a_client_that_takes_one_reply_is_refused(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	fails(ask(world, &client, "{\"method\":\"io.xdpd.Monitor\"}"),
	      "org.varlink.service.ExpectedMore", NULL);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void a_listener_chooses_devices_and_kinds(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream by_device;
	cleanup(done) struct stream by_kind;

	listen_to(world, &by_device, MONITOR("\"devices\":[\"eth1\"]"));
	listen_to(world, &by_kind, MONITOR("\"kinds\":[\"fused\",\"renamed\"]"));
	happen(world, LOG_EVENT_SWAPPED, "eth0");
	happen(world, LOG_EVENT_SWAPPED, "eth1");
	happen(world, LOG_EVENT_FUSED, "eth0");
	assert_string_equal(next_text(world, &by_device, "kind"), "swapped");
	assert_null(receive(world, &by_device));
	assert_string_equal(next_text(world, &by_kind, "kind"), "fused");
	assert_null(receive(world, &by_kind));
}

static void an_unknown_kind_is_refused(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	fails(ask(world, &client, MONITOR("\"kinds\":[\"fusde\"]")), "io.xdpd.InvalidArgument",
	      "kinds: unknown kind of event 'fusde'");
}

/*
 * Reads everything that has arrived; returns the number of events, and adds the number of those reported as
 * lost.
 */
static uint64_t count_events(struct world *world, struct stream *client, uint64_t *lost)
{
	uint64_t count = 0, number = 0;
	json_t *reply;

	while ((reply = receive(world, client))) {
		const json_t *event = json_object_get(json_object_get(reply, "parameters"),
						      "event");
		uint64_t missed = json_integer_value(json_object_get(event, "lost"));

		*lost += missed;
		if (missed)
			assert_string_equal(json_string_value(json_object_get(event, "kind")),
					    "lost");
		else
			count++;
		if (number && !missed) /* no event is missing between two */
			assert_int_equal(json_integer_value(json_object_get(event, "number")),
					 number + 1);
		number = json_integer_value(json_object_get(event, "number"));
		json_decref(reply);
	}
	return count;
}

static void a_listener_chooses_a_namespace(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream blue;
	cleanup(done) struct stream own;
	cleanup(done) struct stream both;

	listen_to(world, &blue, MONITOR("\"netns\":\"blue\""));
	listen_to(world, &own, MONITOR("\"netns\":\"default\""));
	listen_to(world, &both, MONITOR("\"netns\":\"blue\",\"devices\":[\"eth1\"]"));
	happen(world, LOG_EVENT_SWAPPED, "eth1");
	happen_in(world, LOG_EVENT_FUSED, "eth0", "/run/netns/blue");
	happen(world, LOG_EVENT_STUCK, NULL);
	happen_in(world, LOG_EVENT_RENAMED, "eth1", "/run/netns/blue");
	happen(world, LOG_EVENT_RELEASED, "eth1");
	assert_string_equal(next_text(world, &blue, "kind"), "fused");
	assert_string_equal(next_text(world, &blue, "kind"), "renamed");
	assert_string_equal(next_text(world, &own, "kind"), "swapped");
	assert_string_equal(next_text(world, &own, "kind"), "released");
	assert_string_equal(next_text(world, &both, "kind"), "renamed");
}

static void a_slow_reader_is_told_how_much_it_missed(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream slow;
	cleanup(done) struct stream quick;
	uint64_t lost = 0, count, n_quick = 0, none = 0;

	world->settings.client_timeout = 1; /* a stream may be read slowly */
	listen_to(world, &slow, MONITOR(""));
	listen_to(world, &quick, MONITOR(""));
	for (int i = 0; i < 20000; i++) {
		events_report_device(world->control.events, LOG_EVENT_SWAPPED, "eth0", NULL,
				     "again");
		assert_true(service_buffered(world->service) < KEPT_MAX);
		if (i % 100 == 99)
			n_quick += count_events(world, &quick, &none);
	}
	run(world);
	assert_int_equal(n_quick, 20000);
	assert_int_equal(none, 0);
	count = count_events(world, &slow, &lost);
	assert_true(lost > 0);
	assert_int_equal(count + lost, 20000);
	happen(world, LOG_EVENT_FUSED, "eth0"); /* and from then on it gets all events again */
	assert_string_equal(next_text(world, &slow, "kind"), "fused");
}

static void a_long_event_is_reported_whole(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	cleanup(freep) char *sentence = malloc(200001);
	uint64_t lost = 0;

	memset(sentence, 'x', 200000);
	sentence[200000] = '\0';
	listen_to(world, &client, MONITOR(""));
	events_report_device(world->control.events, LOG_EVENT_SWAPPED, "eth0", NULL, "%s",
			     sentence);
	assert_int_equal(count_events(world, &client, &lost), 1);
	assert_int_equal(lost, 0);
}

static void a_listener_that_hangs_up_is_forgotten(void **state)
{
	struct world *world = *state;
	struct stream client;

	listen_to(world, &client, MONITOR(""));
	done(&client);
	happen(world, LOG_EVENT_SWAPPED, "eth0");
	happen(world, LOG_EVENT_SWAPPED, "eth0");
	assert_int_equal(service_buffered(world->service), 0);
}

static void a_listener_does_not_wait_for_devices(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	world->control.is_linking = true;
	listen_to(world, &client, MONITOR(""));
	happen(world, LOG_EVENT_SWAPPED, "eth0");
	assert_string_equal(next_text(world, &client, "kind"), "swapped");
}

static void a_user_who_may_not_read_may_not_listen(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	skip_unless_root();
	world->settings.read_group.gid = NOBODY;
	spectator_init(world, &client);
	send_text(world, &client, MONITOR(""), NULL);
	assert_string_equal(next_text(world, &client, "kind"), "listening");
	world->settings.read_group.gid = GROUP_NOBODY;
	service_settings_changed(world->service); /* also a client that listens already */
	fails(receive(world, &client), "io.xdpd.NoPermission", NULL);
	happen(world, LOG_EVENT_SWAPPED, "eth0");
	assert_null(receive(world, &client));
	fails(ask(world, &client, MONITOR("")), "io.xdpd.NoPermission", NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_listener_gets_every_event_as_the_interface_says),
		TEST(a_client_that_takes_one_reply_is_refused),
		TEST(a_listener_chooses_devices_and_kinds),
		TEST(a_listener_chooses_a_namespace),
		TEST(an_unknown_kind_is_refused),
		TEST(a_slow_reader_is_told_how_much_it_missed),
		TEST(a_long_event_is_reported_whole),
		TEST(a_listener_that_hangs_up_is_forgotten),
		TEST(a_listener_does_not_wait_for_devices),
		TEST(a_user_who_may_not_read_may_not_listen),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
