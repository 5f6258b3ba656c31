// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * What clients can make the service keep: one client reaches each limit, and others are still answered.
 */
#define _GNU_SOURCE
#include "tests/unit/fake-control.h"

#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>

static void is_let_in(struct world *world, struct stream *client)
{
	succeeds(ask(world, client, GET_INFO), NULL);
}

static void is_turned_away(struct world *world, struct stream *client, const char *limit)
{
	json_t *reply = receive(world, client);
	const char *sentence =
		json_string_value(json_object_get(json_object_get(reply, "parameters"), "message"));

	assert_non_null(sentence);
	assert_non_null(strstr(sentence, limit));
	fails(reply, "io.xdpd.LimitExceeded", NULL);
}

static void connections_are_limited_and_one_that_goes_makes_room(void **state)
{
	struct world *world = *state;
	struct stream clients[3];
	cleanup(done) struct stream late, later;

	world->settings.max_connections = array_size(clients);
	for (size_t i = 0; i < array_size(clients); i++)
		client_init(world, &clients[i]);
	client_init(world, &late);
	is_turned_away(world, &late, "(max-connections)");
	assert_true(is_hung_up(world, &late));
	is_let_in(world, &clients[0]);
	stream_done(&clients[2]);
	run(world);
	client_init(world, &later);
	is_let_in(world, &later);
	stream_done(&clients[0]);
	stream_done(&clients[1]);
}

static void connections_of_one_user_are_limited(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream one, two, three, other;

	skip_unless_root();
	world->settings.max_connections_per_user = 2;
	client_init(world, &one);
	client_init(world, &two);
	client_init(world, &three);
	is_turned_away(world, &three, "(max-connections-per-user)");
	spectator_init(world, &other);
	is_let_in(world, &other);
	is_let_in(world, &one);
}

static void users_who_may_only_read_cannot_keep_root_out(void **state)
{
	struct world *world = *state;
	struct stream many[8];
	cleanup(done) struct stream root;
	size_t n_let_in = 0;

	skip_unless_root();
	world->settings.max_connections = array_size(many);
	for (size_t i = 0; i < array_size(many); i++)
		spectator_init(world, &many[i]);
	client_init(world, &root);
	is_let_in(world, &root);
	for (size_t i = 0; i < array_size(many); i++) {
		n_let_in += stream_read(&many[i]) == -EAGAIN;
		stream_done(&many[i]);
	}
	assert_int_equal(n_let_in, array_size(many) / 2);
	run(world);
}

static void changes_under_way_are_limited(void **state)
{
	struct world *world = *state;
	struct stream clients[3];
	cleanup(done) struct stream other;

	world->settings.max_changes = 2;
	client_init(world, &other);
	for (size_t i = 0; i < array_size(clients); i++) {
		client_init(world, &clients[i]);
		send_attach(world, &clients[i], "");
	}
	is_turned_away(world, &clients[2], "(max-changes)");
	succeeds(ask(world, &other, STATUS), &methods[METHOD_STATUS]);
	finish(world, NULL);
	succeeds(receive(world, &clients[0]), &methods[METHOD_ATTACH]);
	send_attach(world, &clients[2], ""); /* there is room again */
	assert_int_equal(world->control.n_submitted, 2);
	for (size_t i = 0; i < array_size(clients); i++)
		stream_done(&clients[i]);
}

static void changes_of_one_user_are_limited_also_oneway(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream greedy, other;

	skip_unless_root();
	world->settings.max_changes_per_user = 2;
	world->settings.change_group.gid = NOBODY;
	client_init(world, &greedy);
	spectator_init(world, &other);
	for (size_t i = 0; i < 5; i++)
		send_attach(world, &greedy, ",\"oneway\":true");
	assert_int_equal(world->control.n_submitted, 2);
	send_attach(world, &greedy, "");
	is_turned_away(world, &greedy, "(max-changes-per-user)");
	send_attach(world, &other, "");
	assert_int_equal(world->control.n_submitted, 3);
}

static void objects_of_changes_under_way_are_limited(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream one, two;

	world->settings.max_object_buffer = 9; /* each object has 5 bytes here */
	client_init(world, &one);
	client_init(world, &two);
	send_attach(world, &one, "");
	send_attach(world, &two, "");
	is_turned_away(world, &two, "(max-object-buffer)");
	succeeds(ask(world, &two, STATUS), &methods[METHOD_STATUS]);
	finish(world, NULL);
	send_attach(world, &two, "");
	assert_int_equal(world->control.n_submitted, 1);
}

/* Each of its objects has five bytes. */
static void members_of_a_group_leave_root_half_of_the_changes_and_objects(void **state)
{
	static const struct {
		uint64_t changes, object_buffer;
		const char *limit;
	} limits[] = { { 4, 1000, "(max-changes)" }, { 100, 20, "(max-object-buffer)" } };
	struct world *world = *state;
	struct grant *grant;

	skip_unless_root();
	assert_int_equal(grants_add(&world->settings.grants, "web", &grant, NULL), 0);
	grant->gid = NOBODY;
	for (size_t i = 0; i < array_size(limits); i++) {
		struct stream members[3];
		cleanup(done) struct stream root;

		world->settings.max_changes = limits[i].changes;
		world->settings.max_object_buffer = limits[i].object_buffer;
		for (size_t j = 0; j < array_size(members); j++) {
			spectator_init(world, &members[j]);
			send_attach(world, &members[j], "");
		}
		is_turned_away(world, &members[2], limits[i].limit);
		client_init(world, &root);
		send_attach(world, &root, "");
		assert_int_equal(world->control.n_submitted, 3);
		while (world->control.n_submitted > 0)
			finish(world, NULL);
		for (size_t j = 0; j < array_size(members); j++)
			stream_done(&members[j]);
		run(world);
	}
	grants_done(&world->settings.grants);
}

/* Each of the files that are sent with the request has five bytes. */
static void is_limited_with_its_objects(struct world *world, size_t n_files, const char *request)
{
	cleanup(done) struct stream client;
	struct fds fds = { n_files, {} };

	for (size_t i = 0; i < fds.n_fds; i++) {
		fds.fds[i] = memfd_create("some.o", MFD_CLOEXEC);
		assert_return_code(write(fds.fds[i], "bytes", 5), errno);
	}
	client_init(world, &client);
	send_text(world, &client, request, &fds);
	is_turned_away(world, &client, "(max-object-buffer)");
	assert_int_equal(world->control.n_submitted, 0);
	for (size_t i = 0; i < fds.n_fds; i++)
		close(fds.fds[i]);
}

static void libraries_count_as_objects_of_a_change(void **state)
{
	struct world *world = *state;

	world->settings.max_object_buffer = 9;
	is_limited_with_its_objects(world, 2,
				    "{\"method\":\"io.xdpd.Attach\",\"parameters\":"
				    "{\"devices\":[\"eth0\"],\"object\":0,\"libraries\":[1]}}");
	is_limited_with_its_objects(world, 2,
				    "{\"method\":\"io.xdpd.SetPolicy\",\"parameters\":"
				    "{\"devices\":[\"eth0\"],\"object\":0,\"libraries\":[1]}}");
	world->settings.max_object_buffer = 4;
	is_limited_with_its_objects(world, 1,
				    "{\"method\":\"io.xdpd.Relink\",\"parameters\":"
				    "{\"library\":\"parser.o\",\"object\":0}}");
}

#define FEATURES "{\"method\":\"io.xdpd.Features\"}"

static void make_features_long(struct world *world)
{
	memset(world->why, 'x', sizeof(world->why) - 1);
}

static void an_answer_that_is_too_long_is_an_error(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	make_features_long(world);
	world->settings.max_buffer_per_client = sizeof(world->why) / 2;
	send_text(world, &client, FEATURES, NULL);
	is_turned_away(world, &client, "(max-buffer-per-client)");
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void the_answer_to_a_change_is_sent_however_long_it_is(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	make_features_long(world);
	world->control.name = world->why;
	world->settings.max_buffer_per_client = world->settings.max_buffer = sizeof(world->why) / 2;
	send_attach(world, &client, "");
	finish(world, NULL);
	succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
}

static void long_answers_that_are_not_read_are_limited(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream lazy, second, other;

	client_init(world, &lazy);
	client_init(world, &second);
	client_init(world, &other);
	make_features_long(world);
	world->settings.max_buffer = sizeof(world->why) + 10000;
	send_text(world, &lazy, FEATURES, NULL);
	assert_true(service_buffered(world->service) > 100000);
	send_text(world, &second, FEATURES, NULL);
	is_turned_away(world, &second, "(max-buffer)");
	succeeds(ask(world, &other, STATUS), &methods[METHOD_STATUS]);
	succeeds(receive(world, &lazy), &methods[METHOD_FEATURES]);
	succeeds(ask(world, &second, FEATURES), &methods[METHOD_FEATURES]);
}

/* Sends that many bytes of a request that has no end. */
static void send_half(struct world *world, struct stream *client, size_t size)
{
	cleanup(freep) char *spaces = malloc(size);

	memset(spaces, ' ', size);
	while (size > 0) {
		ssize_t count = send(client->fd, spaces, size, MSG_NOSIGNAL);

		if (count < 0 && errno != EAGAIN)
			break;
		size -= count > 0 ? count : 0;
		run(world);
	}
}

static void long_requests_that_do_not_end_are_limited(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream first, second, other;

	client_init(world, &first);
	client_init(world, &second);
	client_init(world, &other);
	world->settings.max_buffer = 600000;
	send_half(world, &first, 500000);
	send_half(world, &second, 200000);
	is_turned_away(world, &second, "(max-buffer)");
	assert_true(is_hung_up(world, &second));
	succeeds(ask(world, &other, STATUS), &methods[METHOD_STATUS]);
	succeeds(ask(world, &first, STATUS), &methods[METHOD_STATUS]);
}

/* Waits that many microseconds, in which the service runs. */
static void wait_for(struct world *world, uint64_t duration)
{
	uint64_t now, end;

	sd_event_now(world->loop, CLOCK_MONOTONIC, &now);
	for (end = now + duration; now < end; sd_event_now(world->loop, CLOCK_MONOTONIC, &now))
		sd_event_run(world->loop, end - now);
}

static void a_client_that_keeps_the_daemon_waiting_is_disconnected(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream half, lazy, idle, busy;
	char byte;

	world->settings.client_timeout = 200000;
	client_init(world, &half);
	client_init(world, &lazy);
	client_init(world, &idle);
	client_init(world, &busy);
	make_features_long(world);
	send_half(world, &half, 10);
	send_text(world, &lazy, FEATURES, NULL);
	send_attach(world, &busy, "");
	for (size_t i = 0; i < 4; i++) { /* a little now and then does not help */
		assert_int_equal(recv(lazy.fd, &byte, 1, 0), 1);
		send_half(world, &half, 1);
		wait_for(world, 100000);
	}
	is_turned_away(world, &half, "(client-timeout)");
	assert_true(is_hung_up(world, &half));
	assert_int_equal(service_buffered(world->service), 0);
	succeeds(ask(world, &idle, STATUS), &methods[METHOD_STATUS]);
	finish(world, NULL);
	succeeds(receive(world, &busy), &methods[METHOD_ATTACH]);
}

static void the_time_starts_again_when_a_client_has_done_its_part(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	world->settings.client_timeout = 2000000;
	client_init(world, &client);
	for (size_t i = 0; i < 5; i++) { /* there is always a part of the next request */
		assert_int_equal(stream_write(&client, STATUS, NULL), 0);
		assert_int_equal(stream_flush(&client), 0);
		send_half(world, &client, 10);
		wait_for(world, 500000);
		succeeds(receive(world, &client), &methods[METHOD_STATUS]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(connections_are_limited_and_one_that_goes_makes_room),
		TEST(connections_of_one_user_are_limited),
		TEST(users_who_may_only_read_cannot_keep_root_out),
		TEST(changes_under_way_are_limited),
		TEST(changes_of_one_user_are_limited_also_oneway),
		TEST(objects_of_changes_under_way_are_limited),
		TEST(members_of_a_group_leave_root_half_of_the_changes_and_objects),
		TEST(libraries_count_as_objects_of_a_change),
		TEST(an_answer_that_is_too_long_is_an_error),
		TEST(the_answer_to_a_change_is_sent_however_long_it_is),
		TEST(long_answers_that_are_not_read_are_limited),
		TEST(long_requests_that_do_not_end_are_limited),
		TEST(a_client_that_keeps_the_daemon_waiting_is_disconnected),
		TEST(the_time_starts_again_when_a_client_has_done_its_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
