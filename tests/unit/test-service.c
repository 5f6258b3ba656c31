/*
 * The service on its socket, with a control of our own behind it: what clients get that behave, and
 * that misbehave.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "daemon/service/peer.h"
#include "ipc/check.h"
#include "ipc/stream.h"
#include "tests/unit/test.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>

/* In the place of daemon/control: changes wait in a queue until the test finishes them. */
struct submitted {
	struct change *change;
	change_done done;
	void *userdata;
};

struct control {
	size_t n_submitted;
	struct submitted submitted[8];
	size_t n_forgotten; /* of those submitted */
	bool is_realising;
	size_t n_waiting;
	struct waiting {
		void (*ready)(void *userdata);
		void *userdata;
	} waiting[8];
	bool too_late; /* to forget: they are under way */
	char *name;    /* of components in results; NULL: "fw" */
	struct registry registry;
	const struct linker *linker;
};

int control_submit(struct control *control, struct change *change, change_done done, void *userdata,
		   struct error *error)
{
	if (control->n_submitted == array_size(control->submitted)) {
		change_drop(&change);
		return error_memory(error);
	}
	control->submitted[control->n_submitted++] = (struct submitted){ change, done, userdata };
	return 0;
}

bool control_is_realising(const struct control *control)
{
	return control->is_realising;
}

int control_when_realised(struct control *control, void (*ready)(void *userdata), void *userdata,
			  struct error *error)
{
	(void)error;
	assert_true(control->n_waiting < array_size(control->waiting));
	control->waiting[control->n_waiting++] = (struct waiting){ ready, userdata };
	return 0;
}

bool control_forget(struct control *control, void *userdata)
{
	for (size_t i = 0; i < control->n_submitted && !control->too_late; i++) {
		if (control->submitted[i].userdata != userdata)
			continue;
		control->submitted[i].done = NULL;
		control->n_forgotten++;
	}
	return control->too_late;
}

const struct registry *control_registry(const struct control *control)
{
	return &control->registry;
}

const struct linker *control_linker(const struct control *control)
{
	return control->linker;
}

struct world {
	sd_event *loop;
	struct control control;
	struct features features;
	struct linker_type linker_type;
	struct linker linker;
	struct settings settings;
	char why[400000];
	struct service *service;
	char directory[32];
	char path[64];
};

static int set_up(void **state)
{
	struct world *world = calloc(1, sizeof(*world));

	strcpy(world->directory, "/tmp/xdpd-unit-XXXXXX");
	assert_non_null(mkdtemp(world->directory));
	snprintf(world->path, sizeof(world->path), "%s/a/b/socket", world->directory);
	world->linker_type = linker_fused;
	world->linker.type = &world->linker_type;
	world->control.linker = &world->linker;
	settings_init(&world->settings);
	strcpy(world->why, "a test");
	assert_return_code(sd_event_new(&world->loop), 0);
	assert_int_equal(service_new(world->loop, &world->control, &world->features, world->why,
				     &world->settings, world->path, -1, &world->service, NULL),
			 0);
	*state = world;
	return 0;
}

/* Answers the oldest change with a result for its first device. */
static void finish(struct world *world, const struct error *error)
{
	struct submitted *first = &world->control.submitted[0];
	struct device_result device = { .ifname = first->change->devices[0],
					.ifindex = 3,
					.name = world->control.name ?: "fw",
					.generation = 1,
					.mode = MODE_NATIVE };
	struct change_result result = { 1, &device };

	if (first->done)
		first->done(first->userdata, error ? NULL : &result, error);
	change_drop(&first->change);
	memmove(first, first + 1, --world->control.n_submitted * sizeof(*first));
}

static int tear_down(void **state)
{
	struct world *world = *state;
	char path[64];

	cleanup(error_done) struct error error = {};

	service_drop(&world->service);
	assert_int_equal(access(world->path, F_OK), -1);
	error_set(&error, ERROR_INTERNAL, -ECANCELED, "the end");
	while (world->control.n_submitted > 0)
		finish(world, &error);
	sd_event_unref(world->loop);
	snprintf(path, sizeof(path), "%s/a/b", world->directory);
	assert_return_code(rmdir(path), errno);
	snprintf(path, sizeof(path), "%s/a", world->directory);
	assert_return_code(rmdir(path), errno);
	assert_return_code(rmdir(world->directory), errno);
	free(world);
	return 0;
}

/* Lets the service do all that it can do now. */
static void run(struct world *world)
{
	while (sd_event_run(world->loop, 0) > 0)
		;
}

static void client_connect(struct world *world, struct stream *client)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	strcpy(address.sun_path, world->path);
	assert_return_code(connect(fd, (struct sockaddr *)&address, sizeof(address)), errno);
	stream_init(client, fd, SIZE_MAX - 1);
}

static void client_init(struct world *world, struct stream *client)
{
	client_connect(world, client);
	run(world);
}

/* The next reply, to be freed; NULL if there is none. */
static json_t *receive(struct world *world, struct stream *client)
{
	struct fds fds = {};

	for (;;) {
		cleanup(freep) char *message = stream_next(client, &fds);

		if (message)
			return json_loads(message, 0, NULL);
		run(world);
		if (stream_read(client) <= 0)
			return NULL;
	}
}

static void send_text(struct world *world, struct stream *client, const char *text,
		      const struct fds *fds)
{
	assert_int_equal(stream_write(client, text, fds), 0);
	while (stream_flush(client) == -EAGAIN)
		run(world);
	run(world);
}

static json_t *ask(struct world *world, struct stream *client, const char *text)
{
	send_text(world, client, text, NULL);
	return receive(world, client);
}

/* With or without having read all that it sent. */
static bool is_hung_up(struct world *world, struct stream *client)
{
	int result;

	run(world);
	result = stream_read(client);
	return result == 0 || result == -ECONNRESET;
}

/* The reply is that error, with that in the sentence; takes the reply. */
static void fails(json_t *reply, const char *name, const char *sentence)
{
	const json_t *parameters = json_object_get(reply, "parameters");

	assert_string_equal(json_string_value(json_object_get(reply, "error")), name);
	if (sentence)
		assert_string_equal(json_string_value(json_object_get(parameters, "message")),
				    sentence);
	json_decref(reply);
}

/* Takes the reply. */
static void succeeds(json_t *reply, const struct method *method)
{
	cleanup(error_done) struct error error = {};
	const json_t *parameters = json_object_get(reply, "parameters");

	assert_non_null(reply);
	assert_null(json_object_get(reply, "error"));
	if (method && fields_check(method->out, parameters, method->name, &error) < 0)
		fail_msg("%s", error.message);
	json_decref(reply);
}

/* Sends an Attach with a file descriptor of a file with these bytes. */
static void send_attach(struct world *world, struct stream *client, const char *options)
{
	cleanup(closep) int fd = memfd_create("fw.o", MFD_CLOEXEC);
	struct fds fds = { 1, { fd } };
	cleanup(freep) char *text = NULL;

	assert_return_code(write(fd, "bytes", 5), errno);
	assert_true(
		asprintf(&text,
			 "{\"method\":\"io.xdpd.Attach\",\"parameters\":{\"devices\":[\"eth0\"],"
			 "\"object\":0}%s}",
			 options) > 0);
	send_text(world, client, text, &fds);
}

#define GET_INFO "{\"method\":\"org.varlink.service.GetInfo\"}"
#define STATUS	 "{\"method\":\"io.xdpd.Status\"}"

static void done(struct stream *client)
{
	stream_done(client);
}

static void every_reply_conforms_to_the_interface(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	client_init(world, &client);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
	succeeds(ask(world, &client, "{\"method\":\"io.xdpd.Features\",\"parameters\":{}}"),
		 &methods[METHOD_FEATURES]);
	succeeds(ask(world, &client, GET_INFO), NULL);
	send_attach(world, &client, "");
	finish(world, NULL);
	succeeds(receive(world, &client), &methods[METHOD_ATTACH]);
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

static void unknown_methods_are_told_apart_from_unknown_interfaces(void **state)
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

static void who_does_not_speak_varlink_is_told_and_hung_up_on(void **state)
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

static void a_request_that_is_too_long_is_told_and_hung_up_on(void **state)
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
	      "a request has at most 1048576 bytes");
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

static void oneway_is_done_though_its_client_hangs_up(void **state)
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

static void requests_wait_for_devices_that_came_before_them(void **state)
{
	struct world *world = *state;
	struct control *control = &world->control;
	cleanup(done) struct stream client;

	client_init(world, &client);
	control->is_realising = true;
	send_text(world, &client, STATUS, NULL);
	send_text(world, &client, GET_INFO, NULL);
	assert_null(receive(world, &client));
	assert_int_equal(control->n_waiting, 1);
	control->is_realising = false;
	control->waiting[0].ready(control->waiting[0].userdata);
	succeeds(receive(world, &client), &methods[METHOD_STATUS]);
	json_decref(receive(world, &client));
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void one_that_only_stops_sending_is_answered(void **state)
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

static void what_is_asked_for_reaches_control(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;
	const struct change *change;

	client_init(world, &client);
	send_attach(world, &client, "");
	change = world->control.submitted[0].change;
	assert_int_equal(change->kind, CHANGE_ATTACH);
	assert_int_equal(change->n_devices, 1);
	assert_string_equal(change->devices[0], "eth0");
	assert_int_equal(change->attach.source.object.size, 5);
	assert_memory_equal(change->attach.source.object.bytes, "bytes", 5);
	assert_false(change->attach.has_priority || change->attach.has_proceed);
	assert_int_equal(change->attach.mode, MODE_UNSET);
}

static void modes_are_named_as_in_the_kernel_layer(void **state)
{
	const struct field *field = field_find(methods[METHOD_ATTACH].in, "mode");

	(void)state;
	for (enum mode mode = MODE_NATIVE; mode < MODE_COUNT; mode++)
		assert_string_equal(field->type->names[mode - 1], mode_name(mode));
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

	return service_new(world->loop, &world->control, &world->features, "", &world->settings,
			   path, -1, &service, error);
}

static void a_living_daemon_keeps_its_socket(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	cleanup(done) struct stream client;

	assert_int_equal(try_path(world, world->path, &error), -EADDRINUSE);
	assert_non_null(strstr(error.message, "another daemon serves on"));
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

static void a_file_that_is_no_socket_is_left_alone(void **state)
{
	struct world *world = *state;
	cleanup(error_done) struct error error = {};
	char path[64];

	snprintf(path, sizeof(path), "%s/file", world->directory);
	assert_return_code(close(open(path, O_CREAT | O_WRONLY, 0600)), errno);
	assert_int_equal(try_path(world, path, &error), -EEXIST);
	assert_return_code(unlink(path), errno);
}

#define NOBODY 65534

/* Connects as a user and a group that are not root's. */
static void spectator_init(struct world *world, struct stream *client)
{
	assert_return_code(chmod(world->directory, 0755), errno);
	assert_return_code(setegid(NOBODY), errno);
	assert_return_code(seteuid(NOBODY), errno);
	client_connect(world, client);
	assert_return_code(seteuid(0), errno);
	assert_return_code(setegid(0), errno);
	run(world);
}

static void skip_unless_root(void)
{
	if (geteuid() != 0)
		skip();
}

/* What is written to stderr from now on, until log_end(). */
struct log_capture {
	int file;
	int before;
	char text[4096];
};

static void log_begin(struct log_capture *log)
{
	log->file = memfd_create("stderr", MFD_CLOEXEC);
	log->before = dup(STDERR_FILENO);
	dup2(log->file, STDERR_FILENO);
}

static const char *log_end(struct log_capture *log)
{
	ssize_t length;

	dup2(log->before, STDERR_FILENO);
	close(log->before);
	length = pread(log->file, log->text, sizeof(log->text) - 1, 0);
	close(log->file);
	log->text[length > 0 ? length : 0] = '\0';
	return log->text;
}

static void who_is_in_no_group_may_only_ask_what_this_is(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	skip_unless_root();
	spectator_init(world, &client);
	send_attach(world, &client, "");
	fails(receive(world, &client), "io.xdpd.NoPermission", "Attach is for root");
	assert_int_equal(world->control.n_submitted, 0);
	fails(ask(world, &client, STATUS), "io.xdpd.NoPermission",
	      "Status is for root and members of the group 'xdpd'");
	succeeds(ask(world, &client, GET_INFO), NULL);
}

static void who_may_read_may_not_change(void **state)
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
	      "Attach is for root and members of the group 'ops'");
	assert_non_null(strstr(text, "refused Attach by uid 65534 gid 65534 pid "));
	assert_int_equal(world->control.n_submitted, 0);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

static void new_settings_hold_for_who_is_connected(void **state)
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

static void a_change_is_logged_once_with_who_made_it(void **state)
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
			     "eth0 generation 1\n",
			     geteuid(), getegid(), getpid()) > 0);
	assert_string_equal(log_end(&log), expected);
}

static void a_change_is_logged_though_nobody_waits_for_it(void **state)
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
	service_drop(&world->service); /* ends, while the other one is under way */
	log_begin(&log);
	finish(world, NULL);
	assert_non_null(strstr(log_end(&log), "Attach by uid"));
}

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

static void who_may_only_look_cannot_keep_root_out(void **state)
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

	world->settings.max_object_buffer = 9; /* an object has 5 bytes here */
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

static void what_was_changed_is_told_however_long_the_answer(void **state)
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

static void long_answers_that_nobody_reads_are_limited(void **state)
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

/* Sends that many bytes of a request that does not end. */
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

/* Lets that many microseconds go by, in which the service works. */
static void wait_for(struct world *world, uint64_t duration)
{
	uint64_t now, end;

	sd_event_now(world->loop, CLOCK_MONOTONIC, &now);
	for (end = now + duration; now < end; sd_event_now(world->loop, CLOCK_MONOTONIC, &now))
		sd_event_run(world->loop, end - now);
}

static void who_keeps_us_waiting_is_hung_up_on(void **state)
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

static void who_does_its_part_has_its_time_anew(void **state)
{
	struct world *world = *state;
	cleanup(done) struct stream client;

	world->settings.client_timeout = 200000;
	client_init(world, &client);
	for (size_t i = 0; i < 5; i++) { /* there is always a part of the next request */
		assert_int_equal(stream_write(&client, STATUS, NULL), 0);
		assert_int_equal(stream_flush(&client), 0);
		send_half(world, &client, 10);
		wait_for(world, 100000);
		succeeds(receive(world, &client), &methods[METHOD_STATUS]);
	}
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
	run(world); /* would not come to an end */
	assert_return_code(setrlimit(RLIMIT_NOFILE, &before), errno);
	sd_event_now(world->loop, CLOCK_MONOTONIC, &begin);
	assert_int_equal(sd_event_run(world->loop, 5000000), 1);
	sd_event_now(world->loop, CLOCK_MONOTONIC, &end);
	assert_true(end - begin < 3000000);
	succeeds(ask(world, &client, STATUS), &methods[METHOD_STATUS]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_reply_conforms_to_the_interface),
		TEST(the_description_is_the_interface),
		TEST(unknown_methods_are_told_apart_from_unknown_interfaces),
		TEST(who_does_not_speak_varlink_is_told_and_hung_up_on),
		TEST(a_request_that_is_too_long_is_told_and_hung_up_on),
		TEST(pipelined_requests_are_answered_in_order),
		TEST(more_requests_than_one_turn_has_are_all_answered),
		TEST(oneway_gets_no_answer),
		TEST(oneway_is_done_though_its_client_hangs_up),
		TEST(more_gets_one_answer),
		TEST(a_client_that_dies_is_forgotten),
		TEST(one_that_only_stops_sending_is_answered),
		TEST(errors_come_with_all_their_lines),
		TEST(requests_wait_for_devices_that_came_before_them),
		TEST(what_is_asked_for_reaches_control),
		TEST(modes_are_named_as_in_the_kernel_layer),
		TEST(a_client_that_never_reads_stops_only_itself),
		TEST(who_is_in_no_group_may_only_ask_what_this_is),
		TEST(who_may_read_may_not_change),
		TEST(new_settings_hold_for_who_is_connected),
		TEST(a_change_is_logged_once_with_who_made_it),
		TEST(a_change_is_logged_though_nobody_waits_for_it),
		TEST(connections_are_limited_and_one_that_goes_makes_room),
		TEST(connections_of_one_user_are_limited),
		TEST(who_may_only_look_cannot_keep_root_out),
		TEST(changes_under_way_are_limited),
		TEST(changes_of_one_user_are_limited_also_oneway),
		TEST(objects_of_changes_under_way_are_limited),
		TEST(an_answer_that_is_too_long_is_an_error),
		TEST(what_was_changed_is_told_however_long_the_answer),
		TEST(long_answers_that_nobody_reads_are_limited),
		TEST(long_requests_that_do_not_end_are_limited),
		TEST(who_keeps_us_waiting_is_hung_up_on),
		TEST(who_does_its_part_has_its_time_anew),
		TEST(without_descriptors_clients_wait_and_nothing_spins),
		TEST(a_living_daemon_keeps_its_socket),
		TEST(the_socket_of_a_dead_daemon_is_replaced),
		TEST(a_file_that_is_no_socket_is_left_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
