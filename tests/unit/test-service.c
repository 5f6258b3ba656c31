// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The service on its socket, with a fake control behind it: well-behaved and misbehaving clients.
 */
#define _GNU_SOURCE
#include "daemon/control/edit/attach.h"
#include "daemon/control/pipeline/change-kinds.h"
#include "tests/unit/fake-control.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

static void every_reply_conforms_to_the_interface(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
	succeeds(ask(world, &client, "{\"method\":\"io.xdpd.Graph\",\"parameters\":{}}"),
		 &methods[METHOD_GRAPH]);
	succeeds(ask(world, &client, "{\"method\":\"io.xdpd.Features\",\"parameters\":{}}"),
		 &methods[METHOD_FEATURES]);
	succeeds(ask(world, &client, GET_INFO), NULL);
	send_attach(world, &client, "");
	finish(world, NULL);
	succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
}

static void send_leased(struct world *world, struct stream *client)
{
	cleanup(closep) int fd = memfd_create("fw.o", MFD_CLOEXEC);
	const struct fds fds = { 1, { fd } };

	assert_return_code(write(fd, "bytes", 5), errno);
	send_text(world, client,
		  "{\"method\":\"io.xdpd.Attach\",\"parameters\":{\"devices\":[\"eth0\"],"
		  "\"object\":0,\"while_connected\":true}}",
		  &fds);
}

static void a_lease_ends_with_its_connection(void **state)
{
	struct world *world = *state;
	const struct attach_options *options;
	cleanup(done) struct stream other;
	struct stream client;

	client_init(world, &client);
	client_init(world, &other);
	for (int i = 0; i < 2; i++) { /* all components of a connection end together */
		send_leased(world, &client);
		options = world->control.submitted[0].change->options;
		assert_int_equal(options->lease, 1);
		finish(world, NULL);
		succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
	}
	send_attach(world, &other, "");
	options = world->control.submitted[0].change->options;
	assert_int_equal(options->lease, LEASE_NONE);
	finish(world, NULL);
	succeeds(receive(world, &other), &methods[METHOD_ATTACH]);
	assert_int_equal(world->control.n_ended_leases, 0);
	done(&client);
	run(world);
	assert_int_equal(world->control.n_leases, 1);
	assert_int_equal(world->control.n_ended_leases, 1);
}

static void the_description_is_the_interface(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	cleanup(json_decrefp) json_t *reply = NULL;
	cleanup(freep) char *text = interface_text();

	client_init(world, &client);
	reply = ask(world, &client,
		    "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		    "\"parameters\":{\"interface\":\"io.xdpd\"}}");
	assert_string_equal(json_string_value(json_object_get(json_object_get(reply, "parameters"),
							      "description")),
			    text);
	fails(ask(world, &client,
		  "{\"method\":\"org.varlink.service.GetInterfaceDescription\","
		  "\"parameters\":{\"interface\":\"io.nobody\"}}"),
	      "org.varlink.service.InterfaceNotFound", NULL);
	fails(ask(world, &client, "{\"method\":\"org.varlink.service.GetInterfaceDescription\"}"),
	      "org.varlink.service.InvalidParameter", NULL);
}

static void unknown_methods_and_unknown_interfaces_have_different_errors(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	fails(ask(world, &client, "{\"method\":\"io.xdpd.Nope\"}"),
	      "org.varlink.service.MethodNotFound", NULL);
	fails(ask(world, &client, "{\"method\":\"org.varlink.service.Nope\"}"),
	      "org.varlink.service.MethodNotFound", NULL);
	fails(ask(world, &client, "{\"method\":\"io.xdpdx.Status\"}"),
	      "org.varlink.service.InterfaceNotFound", NULL);
	fails(ask(world, &client, "{\"method\":\"Status\"}"),
	      "org.varlink.service.InterfaceNotFound", NULL);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void a_client_that_does_not_speak_varlink_gets_an_error_and_is_disconnected(void **state)
{
	static const char *const texts[] = {
		"hello",
		"",
		"[]",
		"{}",
		"{\"method\":1}",
		"{\"method\":\"\377\"}",
		"{\"method\":\"io.xdpd.Status\",\"parameters\":[]}",
	};
	struct world *world = *state;

	for (size_t i = 0; i < array_size(texts); i++) {
		cleanup(done) struct stream client;

		client_init(world, &client);
		fails(ask(world, &client, texts[i]), "io.xdpd.InvalidArgument", NULL);
		assert_true(is_hung_up(world, &client));
	}
}

static void a_client_with_a_request_that_is_too_long_is_disconnected(void **state)
{
	struct world *world = *state;
	cleanup(freep) char *text = malloc(REQUEST_SIZE_MAX + 2);
	cleanup(done) struct stream client;

	memset(text, ' ', REQUEST_SIZE_MAX + 1);
	text[REQUEST_SIZE_MAX + 1] = '\0';
	client_init(world, &client);
	succeeds(ask(world, &client, STATUS), NULL);
	send_text(world, &client, "{\"method\":\"io.xdpd.Status\",\"oneway\":true}", NULL);
	fails(ask(world, &client, text), "io.xdpd.InvalidArgument",
	      "the request is longer than 1048576 bytes");
	assert_true(is_hung_up(world, &client));
}

static void pipelined_requests_are_answered_in_order(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	json_t *reply;

	client_init(world, &client);
	send_attach(world, &client, "");
	send_text(world, &client, STATUS, NULL);
	send_text(world, &client, GET_INFO, NULL);
	assert_null(receive(world, &client));
	finish(world, NULL);
	succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
	succeeds(receive(world, &client), &methods[METHOD_STATUS]);
	reply = receive(world, &client);
	assert_non_null(json_object_get(json_object_get(reply, "parameters"), "interfaces"));
	json_decref(reply);
}

static void more_requests_than_one_turn_has_are_all_answered(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	for (size_t i = 0; i < 100; i++)
		assert_int_equal(stream_write(&client, STATUS, NULL), 0);
	assert_int_equal(stream_flush(&client), 0);
	for (size_t i = 0; i < 100; i++)
		succeeds(receive(world, &client), &methods[METHOD_STATUS]);
}

static void oneway_gets_no_answer(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	json_t *reply;

	client_init(world, &client);
	send_text(world, &client, "{\"method\":\"io.xdpd.Status\",\"oneway\":true}", NULL);
	send_text(world, &client, "{\"method\":\"io.xdpd.Nope\",\"oneway\":true}", NULL);
	reply = ask(world, &client, GET_INFO);
	assert_non_null(json_object_get(json_object_get(reply, "parameters"), "vendor"));
	json_decref(reply);
}

static void a_oneway_change_is_made_after_its_client_hung_up(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	send_attach(world, &client, ",\"oneway\":true");
	done(&client);
	run(world);
	assert_int_equal(world->control.n_submitted, 1);
	assert_int_equal(world->control.n_forgotten, 0);
}

static void more_gets_one_answer(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	succeeds(ask(world, &client, "{\"method\":\"io.xdpd.Status\",\"more\":true}"),
		 &methods[METHOD_STATUS]);
	assert_null(receive(world, &client));
}

static void a_client_that_dies_is_forgotten(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client, other;

	client_init(world, &client);
	client_init(world, &other);
	send_attach(world, &client, "");
	assert_int_equal(world->control.n_submitted, 1);
	done(&client);
	run(world);
	assert_int_equal(world->control.n_forgotten, 1);
	succeeds(ask(world, &other, STATUS), &methods[METHOD_STATUS]);
}

static void requests_wait_for_devices_that_appeared_before_them(void **state)
{
	struct world *world = *state;
	struct control *control = &world->control;
	cleanup(done) struct stream client;

	client_init(world, &client);
	control->is_linking = true;
	send_text(world, &client, STATUS, NULL);
	send_text(world, &client, GET_INFO, NULL);
	assert_null(receive(world, &client));
	assert_int_equal(control->n_waiting, 1);
	control->is_linking = false;
	control->waiting[0].ready(control->waiting[0].userdata);
	succeeds(receive(world, &client), &methods[METHOD_STATUS]);
	json_decref(receive(world, &client));
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void a_client_that_only_stops_sending_is_answered(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	send_attach(world, &client, "");
	assert_return_code(shutdown(client.fd, SHUT_WR), errno);
	run(world);
	assert_int_equal(world->control.n_forgotten, 0);
	finish(world, NULL);
	succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
	assert_true(is_hung_up(world, &client));
}

static void errors_come_with_all_their_lines(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	cleanup(done) struct stream client;
	json_t *reply, *detail;

	error_set(&error, ERROR_VERIFIER_REJECTED, -EACCES, "bad \377 program");
	error_detail(&error, "first\nsecond \376\n\nlast\n");
	client_init(world, &client);
	send_attach(world, &client, "");
	finish(world, &error);
	reply = receive(world, &client);
	detail = json_object_get(json_object_get(reply, "parameters"), "detail");
	assert_int_equal(json_array_size(detail), 4);
	assert_string_equal(json_string_value(json_array_get(detail, 1)), "second ?");
	assert_string_equal(json_string_value(json_array_get(detail, 3)), "last");
	assert_string_equal(
		json_string_value(json_object_get(json_object_get(reply, "parameters"), "errno")),
		"EACCES");
	fails(reply, "io.xdpd.VerifierRejected", "bad ? program");
}

static void a_request_reaches_control(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	const struct attach_options *options;
	const struct change *change;

	client_init(world, &client);
	send_attach(world, &client, "");
	change = world->control.submitted[0].change;
	assert_ptr_equal(change->kind, &change_kinds[CHANGE_ATTACH]);
	options = change->options;
	assert_int_equal(change->n_devices, 1);
	assert_string_equal(change->devices[0].ifname, "eth0");
	assert_int_equal(options->source.object.size, 5);
	assert_memory_equal(options->source.object.bytes, "bytes", 5);
	assert_false(options->component.has_priority || options->component.has_proceed);
	assert_int_equal(options->mode, MODE_UNSET);
}

static void modes_are_named_as_in_the_kernel_layer(void **state)
{
	const struct field *field = field_find(methods[METHOD_ATTACH].in, "mode");

	(void)state;
	for (enum xdp_mode mode = MODE_NATIVE; mode < MODE_COUNT; mode++)
		assert_string_equal(field->type->names[mode - 1], xdp_mode_name(mode));
	assert_null(field->type->names[MODE_COUNT - 1]);
}

static void a_client_that_never_reads_stops_only_itself(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream lazy, other;
	size_t sent = 0;

	client_init(world, &lazy);
	client_init(world, &other);
	for (ssize_t count; (count = send(lazy.fd, STATUS, sizeof(STATUS), MSG_NOSIGNAL)) > 0;) {
		sent += count;
		if (sent > 64 << 20)
			fail_msg("requests are read though nobody takes the answers");
		run(world);
	}
	succeeds(ask(world, &other, STATUS), &methods[METHOD_STATUS]);
	succeeds(receive(world, &lazy), &methods[METHOD_STATUS]);
}

static int try_path(struct world *world, const char *path, struct error *error)
{
	cleanup(service_drop) struct service *service = NULL;

	return service_new(world->loop, &world->context, path, -1, &service, error);
}

static void a_living_daemon_keeps_its_socket(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	cleanup(done) struct stream client;

	assert_int_equal(try_path(world, world->path, &error), -EADDRINUSE);
	assert_non_null(strstr(error.message, "another daemon is already listening on"));
	client_init(world, &client);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void the_socket_of_a_dead_daemon_is_replaced(void **state)
{
	struct world *world = *state;
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup(closep) int fd = socket(AF_UNIX, SOCK_STREAM, 0);

	snprintf(address.sun_path, sizeof(address.sun_path), "%s/stale", world->directory);
	assert_return_code(bind(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	closep(&fd);
	assert_int_equal(try_path(world, address.sun_path, NULL), 0);
	assert_int_equal(access(address.sun_path, F_OK), -1);
}

static void a_file_that_is_not_a_socket_is_left_alone(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	char path[64];

	snprintf(path, sizeof(path), "%s/file", world->directory);
	assert_return_code(close(open(path, O_CREAT | O_WRONLY, 0600)), errno);
	assert_int_equal(try_path(world, path, &error), -EEXIST);
	assert_return_code(unlink(path), errno);
}

static void a_user_in_no_group_may_only_ask_about_the_service(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	skip_unless_root();
	spectator_init(world, &client);
	send_attach(world, &client, "");
	fails(receive(world, &client), "io.xdpd.NoPermission", "Attach is allowed only for root");
	assert_int_equal(world->control.n_submitted, 0);
	fails(ask(world, &client, STATUS), "io.xdpd.NoPermission",
	      "Status is allowed only for root and members of the group 'xdpd'");
	succeeds(ask(world, &client, GET_INFO), NULL);
}

static void a_user_who_may_read_may_not_change(void **state)
{
	struct world *world = *state;
	struct log_capture log;
	cleanup(done) struct stream client;
	const char *text;

	skip_unless_root();
	world->settings.read_group.gid = NOBODY;
	strcpy(world->settings.change_group.name, "ops");
	spectator_init(world, &client);
	log_begin(&log);
	send_attach(world, &client, "");
	text = log_end(&log);
	fails(receive(world, &client), "io.xdpd.NoPermission",
	      "Attach is allowed only for root and members of the group 'ops'");
	assert_non_null(strstr(text, "refused Attach by uid 65534 gid 65534 pid "));
	assert_int_equal(world->control.n_submitted, 0);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void new_settings_apply_to_connected_clients(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	skip_unless_root();
	spectator_init(world, &client);
	world->settings.change_group.gid = NOBODY;
	service_settings_changed(world->service);
	send_attach(world, &client, "");
	finish(world, NULL);
	succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
	world->settings.change_group.gid = GROUP_NOBODY;
	service_settings_changed(world->service);
	fails(ask(world, &client, STATUS), "io.xdpd.NoPermission", NULL);
}

static void a_change_is_logged_once_with_its_client(void **state)
{
	struct world *world = *state;
	struct log_capture log;
	cleanup(error_done) struct error error = {};
	cleanup(done) struct stream client;
	cleanup(freep) char *expected = NULL;

	client_init(world, &client);
	send_attach(world, &client, "");
	send_attach(world, &client, "");
	log_begin(&log);
	finish(world, NULL);
	run(world);
	error_set(&error, ERROR_NAME_TAKEN, -EEXIST, "there is one");
	finish(world, &error);
	assert_true(asprintf(&expected,
			     "xdpd: Attach by uid %u gid %u pid %d (test-service): component 'fw', "
			     "eth0 generation 1\n"
			     "xdpd: refused Attach by uid %u gid %u pid %d (test-service) for "
			     "eth0: there is one\n",
			     geteuid(), getegid(), getpid(), geteuid(), getegid(), getpid()) > 0);
	assert_string_equal(log_end(&log), expected);
}

static void a_change_is_logged_although_its_client_hung_up(void **state)
{
	struct world *world = *state;
	struct log_capture log;
	cleanup(done) struct stream client, other;

	world->control.too_late = true;
	client_init(world, &client);
	client_init(world, &other);
	send_attach(world, &client, "");
	send_attach(world, &other, ",\"oneway\":true");
	done(&client);
	run(world);
	log_begin(&log);
	finish(world, NULL);
	assert_non_null(strstr(log_end(&log), "Attach by uid"));
	service_drop(&world->service); /* it ends while the other change runs */
	log_begin(&log);
	finish(world, NULL);
	assert_non_null(strstr(log_end(&log), "Attach by uid"));
}

static void without_descriptors_clients_wait_and_nothing_spins(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	struct rlimit before, none;
	uint64_t begin, end;

	client_connect(world, &client);
	getrlimit(RLIMIT_NOFILE, &before);
	none = (struct rlimit){ client.fd + 1, before.rlim_max };
	assert_return_code(setrlimit(RLIMIT_NOFILE, &none), errno);
	run(world); /* otherwise it would never end */
	assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
	sd_event_now(world->loop, CLOCK_MONOTONIC, &begin);
	assert_int_equal(sd_event_run(world->loop, 5000000), 1);
	sd_event_now(world->loop, CLOCK_MONOTONIC, &end);
	assert_true(end - begin < 3000000);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_reply_conforms_to_the_interface),
		TEST(a_lease_ends_with_its_connection),
		TEST(the_description_is_the_interface),
		TEST(unknown_methods_and_unknown_interfaces_have_different_errors),
		TEST(a_client_that_does_not_speak_varlink_gets_an_error_and_is_disconnected),
		TEST(a_client_with_a_request_that_is_too_long_is_disconnected),
		TEST(pipelined_requests_are_answered_in_order),
		TEST(more_requests_than_one_turn_has_are_all_answered),
		TEST(oneway_gets_no_answer),
		TEST(a_oneway_change_is_made_after_its_client_hung_up),
		TEST(more_gets_one_answer),
		TEST(a_client_that_dies_is_forgotten),
		TEST(a_client_that_only_stops_sending_is_answered),
		TEST(errors_come_with_all_their_lines),
		TEST(requests_wait_for_devices_that_appeared_before_them),
		TEST(a_request_reaches_control),
		TEST(modes_are_named_as_in_the_kernel_layer),
		TEST(a_client_that_never_reads_stops_only_itself),
		TEST(a_user_in_no_group_may_only_ask_about_the_service),
		TEST(a_user_who_may_read_may_not_change),
		TEST(new_settings_apply_to_connected_clients),
		TEST(a_change_is_logged_once_with_its_client),
		TEST(a_change_is_logged_although_its_client_hung_up),
		TEST(without_descriptors_clients_wait_and_nothing_spins),
		TEST(a_living_daemon_keeps_its_socket),
		TEST(the_socket_of_a_dead_daemon_is_replaced),
		TEST(a_file_that_is_not_a_socket_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
