// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* A program gets each reply once and in order, and learns of every way in which a connection ends. */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "ipc/interface.h"
#include "ipc/stream.h"
#include "lib/xdpd.h"
#include "tests/unit/test.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>

/* The other end of a connection, played by the test. */
struct pair {
	struct xdpd_connection *connection;
	struct stream daemon;
};

static void pair_init(struct pair *pair)
{
	int fds[2];

	assert_return_code(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, fds), errno);
	assert_int_equal(xdpd_connect_fd(fds[0], &pair->connection, NULL), 0);
	assert_return_code(fcntl(fds[1], F_SETFL, O_NONBLOCK), errno);
	stream_init(&pair->daemon, fds[1], REQUEST_SIZE_MAX);
}

static void pair_done(struct pair *pair)
{
	xdpd_disconnect(pair->connection);
	stream_done(&pair->daemon);
}

static void say(struct pair *pair, const char *message)
{
	assert_int_equal(stream_write(&pair->daemon, message, NULL), 0);
	assert_int_equal(stream_flush(&pair->daemon), 0);
}

/* The daemon has received exactly this message, and so many descriptors with it. */
static void receives(struct pair *pair, const char *expected, size_t n_fds)
{
	cleanup(fds_done) struct fds fds = {};
	cleanup(freep) char *message = NULL;

	while (!(message = stream_next(&pair->daemon, &fds)))
		assert_true(stream_read(&pair->daemon) > 0);
	assert_string_equal(message, expected);
	assert_int_equal(fds.n_fds, n_fds);
}

static void receives_nothing(struct pair *pair)
{
	assert_false(stream_has_message(&pair->daemon));
	assert_int_equal(stream_read(&pair->daemon), -EAGAIN);
}

static struct xdpd_request *request(const char *method)
{
	struct xdpd_request *request = NULL;

	assert_int_equal(xdpd_request_new(method, NULL, NULL, 0, &request, NULL), 0);
	return request;
}

/* Does everything that can be done without waiting; returns what ended it. */
static int process_all(struct pair *pair)
{
	int result;

	while ((result = xdpd_process(pair->connection)) > 0)
		;
	return result;
}

/* What a handler was called with, in words. */
struct heard {
	size_t n;
	char last[256];
	struct pair *pair;
};

static void hear(struct xdpd_reply *reply, void *userdata)
{
	const struct xdpd_error *error = xdpd_reply_get_error(reply);
	struct heard *heard = userdata;

	heard->n++;
	snprintf(heard->last, sizeof(heard->last), "%s",
		 error ? error->name : xdpd_reply_get_json(reply));
}

static void call(struct pair *pair, const char *method, uint64_t usec, xdpd_handler handler,
		 struct heard *heard)
{
	struct xdpd_request *made = request(method);

	assert_int_equal(xdpd_call_async(pair->connection, made, usec, handler, heard, NULL), 0);
	xdpd_request_free(made);
}

static void calls_are_sent_one_after_the_other(void **state)
{
	struct heard first = {}, second = {};
	struct pair pair;

	(void)state;
	pair_init(&pair);
	call(&pair, "Features", XDPD_FOREVER, hear, &first);
	call(&pair, "org.varlink.service.GetInfo", XDPD_FOREVER, hear, &second);
	assert_int_equal(process_all(&pair), 0);
	receives(&pair, "{\"method\":\"io.xdpd.Features\",\"parameters\":{}}", 0);
	receives_nothing(&pair);
	say(&pair, "{\"parameters\":{\"a\":1}}");
	assert_int_equal(process_all(&pair), 0);
	assert_string_equal(first.last, "{\"a\":1}");
	receives(&pair, "{\"method\":\"org.varlink.service.GetInfo\",\"parameters\":{}}", 0);
	say(&pair, "{\"error\":\"io.xdpd.NoPermission\",\"parameters\":{\"message\":\"no\"}}");
	assert_int_equal(process_all(&pair), 0);
	assert_string_equal(second.last, XDPD_ERROR_NO_PERMISSION);
	assert_int_equal(first.n + second.n, 2);
	pair_done(&pair);
}

/* The handler of the first call makes a call that waits, while another one is queued. */
static void call_inside(struct xdpd_reply *reply, void *userdata)
{
	struct xdpd_request *made = request("Status");
	struct heard *heard = userdata;
	struct xdpd_reply *inner = NULL;

	hear(reply, heard);
	say(heard->pair, "{\"parameters\":{\"number\":2}}");
	say(heard->pair, "{\"parameters\":{\"number\":3}}");
	assert_int_equal(xdpd_call(heard->pair->connection, made, XDPD_FOREVER, &inner, NULL), 0);
	assert_string_equal(xdpd_reply_get_json(inner), "{\"number\":3}");
	xdpd_reply_unref(inner);
	xdpd_request_free(made);
}

static void handlers_can_call(void **state)
{
	struct heard first = {}, second = {};
	struct pair pair;

	(void)state;
	pair_init(&pair);
	first.pair = &pair;
	call(&pair, "Features", XDPD_FOREVER, call_inside, &first);
	call(&pair, "Maps", XDPD_FOREVER, hear, &second);
	say(&pair, "{\"parameters\":{\"number\":1}}");
	assert_int_equal(process_all(&pair), 0);
	assert_string_equal(first.last, "{\"number\":1}");
	assert_string_equal(second.last, "{\"number\":2}");
	pair_done(&pair);
}

static void disconnect_inside(struct xdpd_reply *reply, void *userdata)
{
	struct heard *heard = userdata;

	hear(reply, heard);
	xdpd_disconnect(steal(heard->pair->connection));
}

static void handlers_can_disconnect(void **state)
{
	struct heard first = {}, second = {};
	struct xdpd_connection *connection;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	first.pair = &pair;
	connection = pair.connection;
	call(&pair, "Features", XDPD_FOREVER, disconnect_inside, &first);
	call(&pair, "Maps", XDPD_FOREVER, hear, &second);
	say(&pair, "{\"parameters\":{}}");
	while (pair.connection)
		xdpd_process(connection);
	assert_int_equal(first.n, 1);
	assert_int_equal(second.n, 0);
	pair_done(&pair);
}

/* The daemon refuses a connection by an error that it sends first, and closes it. */
static void errors_before_the_request_are_read(void **state)
{
	struct xdpd_error error = XDPD_ERROR_NULL;
	struct xdpd_request *made = request("Status");
	struct pair pair;

	(void)state;
	pair_init(&pair);
	say(&pair, "{\"error\":\"io.xdpd.LimitExceeded\",\"parameters\":{\"message\":\"full\","
		   "\"errno\":\"EDQUOT\",\"detail\":[\"one\",\"two\"]}}");
	stream_done(&pair.daemon);
	assert_int_equal(xdpd_call(pair.connection, made, XDPD_FOREVER, NULL, &error), -EDQUOT);
	assert_true(xdpd_error_has_name(&error, XDPD_ERROR_LIMIT_EXCEEDED));
	assert_string_equal(error.message, "full");
	assert_string_equal(error.detail, "one\ntwo");
	xdpd_error_free(&error);
	assert_null(error.name);
	xdpd_request_free(made);
	pair_done(&pair);
}

static void every_call_learns_of_the_end(void **state)
{
	struct heard first = {}, second = {};
	struct pair pair;

	(void)state;
	pair_init(&pair);
	call(&pair, "Features", XDPD_FOREVER, hear, &first);
	call(&pair, "Maps", XDPD_FOREVER, hear, &second);
	assert_int_equal(process_all(&pair), 0);
	receives(&pair, "{\"method\":\"io.xdpd.Features\",\"parameters\":{}}", 0);
	stream_done(&pair.daemon);
	assert_int_equal(process_all(&pair), -ECONNRESET);
	assert_string_equal(first.last, XDPD_ERROR_DISCONNECTED);
	assert_string_equal(second.last, XDPD_ERROR_DISCONNECTED);
	pair_done(&pair);
}

static void a_call_without_a_reply_times_out(void **state)
{
	struct xdpd_error error = XDPD_ERROR_NULL;
	struct xdpd_request *made = request("Status");
	struct pair pair;
	uint64_t usec;

	(void)state;
	pair_init(&pair);
	xdpd_get_timeout(pair.connection, &usec);
	assert_true(usec == XDPD_FOREVER);
	assert_int_equal(xdpd_call(pair.connection, made, 1000, NULL, &error), -ETIMEDOUT);
	assert_true(xdpd_error_has_name(&error, XDPD_ERROR_TIMED_OUT));
	/* A reply that comes later must not be taken for that of the next call. */
	say(&pair, "{\"parameters\":{}}");
	xdpd_error_free(&error);
	assert_true(xdpd_call(pair.connection, made, XDPD_FOREVER, NULL, &error) < 0);
	xdpd_error_free(&error);
	xdpd_request_free(made);
	pair_done(&pair);
}

static void what_is_not_varlink_is_refused(void **state)
{
	const char *const messages[] = { "", "[]", "{", "null", "\"text\"", "{\"parameters\":5}" };

	(void)state;
	for (size_t i = 0; i < array_size(messages); i++) {
		struct heard heard = {};
		struct pair pair;

		pair_init(&pair);
		call(&pair, "Status", XDPD_FOREVER, hear, &heard);
		say(&pair, messages[i]);
		say(&pair, "{\"parameters\":{}}");
		assert_int_equal(process_all(&pair), -EPROTO);
		assert_string_equal(heard.last, XDPD_ERROR_PROTOCOL);
		call(&pair, "Status", XDPD_FOREVER, hear, &heard);
		assert_int_equal(process_all(&pair), -EPROTO);
		assert_string_equal(heard.last, XDPD_ERROR_PROTOCOL);
		pair_done(&pair);
	}
}

static void a_listener_hears_every_event(void **state)
{
	const char *const kinds[] = { "swapped", NULL };
	const struct xdpd_monitor monitor = { .size = sizeof(monitor), .kinds = kinds };
	struct xdpd_request *made = request("Status");
	struct heard heard = {};
	struct pair pair;

	(void)state;
	pair_init(&pair);
	assert_int_equal(xdpd_listen(pair.connection, &monitor, hear, &heard, NULL), 0);
	assert_int_equal(process_all(&pair), 0);
	receives(&pair,
		 "{\"method\":\"io.xdpd.Monitor\",\"parameters\":{\"kinds\":[\"swapped\"]},"
		 "\"more\":true}",
		 0);
	say(&pair, "{\"continues\":true,\"parameters\":{\"event\":1}}");
	say(&pair, "{\"continues\":true,\"parameters\":{\"event\":2}}");
	assert_int_equal(process_all(&pair), 0);
	assert_int_equal(heard.n, 2);
	assert_string_equal(heard.last, "{\"event\":2}");
	assert_int_equal(xdpd_call(pair.connection, made, XDPD_FOREVER, NULL, NULL), -EBUSY);
	stream_done(&pair.daemon);
	assert_int_equal(process_all(&pair), -ECONNRESET);
	assert_string_equal(heard.last, XDPD_ERROR_DISCONNECTED);
	assert_int_equal(heard.n, 3);
	xdpd_request_free(made);
	pair_done(&pair);
}

static void attach_has_all_members(void **state)
{
	const char *const devices[] = { "eth0", "eth1", NULL }, *const signatures[] = { "", NULL };
	const char *const values[] = { "limit=5", NULL };
	const int one[] = { 0 };
	const struct xdpd_attach attach = {
		.size = sizeof(attach),
		.devices = devices,
		.netns = "default",
		.mode = XDPD_MODE_SKB,
		.interop = XDPD_INTEROP_LIBXDP,
		.on_failure = XDPD_ON_FAILURE_DROP,
		.libraries = one,
		.n_libraries = 1,
		.signatures = signatures,
		.name = "fw",
		.priority = XDPD_NUMBER(0),
		.proceed_on = XDPD_NUMBER(XDPD_PASS | XDPD_TX),
		.set = values,
		.after = "counter",
		.confirm = 30,
	};
	struct heard heard = {};
	struct xdpd_request *made = NULL;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	assert_int_equal(xdpd_request_attach(&attach, &made, NULL), 0);
	assert_int_equal(xdpd_call_async(pair.connection, made, XDPD_FOREVER, hear, &heard, NULL),
			 0);
	xdpd_request_free(made);
	assert_int_equal(process_all(&pair), 0);
	receives(&pair,
		 "{\"method\":\"io.xdpd.Attach\",\"parameters\":{\"devices\":[\"eth0\",\"eth1\"],"
		 "\"netns\":\"default\",\"object\":0,\"libraries\":[1],\"signatures\":2,"
		 "\"name\":\"fw\",\"priority\":0,\"proceed_on\":[\"pass\",\"tx\"],"
		 "\"set\":[\"limit=5\"],\"on_failure\":\"drop\",\"after\":\"counter\","
		 "\"mode\":\"skb\",\"interop\":\"libxdp\",\"confirm\":30}}",
		 3);
	pair_done(&pair);
}

/* A program that was built with an older or a newer header. */
static void structs_of_other_versions_are_understood(void **state)
{
	const char *const devices[] = { "eth0", NULL };
	const struct {
		struct xdpd_devices known;
		const char *later;
	} newer = { { sizeof(newer), devices, NULL }, NULL },
	  used = { { sizeof(used), devices, NULL }, "something" };
	const struct xdpd_devices older = { offsetof(struct xdpd_devices, netns), devices,
					    (const char *)1 /* it does not have this member */ };
	const struct xdpd_devices without = { .devices = devices };
	struct xdpd_request *made = NULL;

	(void)state;
	assert_int_equal(xdpd_request_status(&newer.known, &made, NULL), 0);
	xdpd_request_free(steal(made));
	assert_int_equal(xdpd_request_status(&older, &made, NULL), 0);
	xdpd_request_free(steal(made));
	assert_int_equal(xdpd_request_status(&used.known, &made, NULL), -E2BIG);
	assert_int_equal(xdpd_request_status(&without, &made, NULL), -EINVAL);
}

static void bad_requests_are_refused(void **state)
{
	struct xdpd_error error = XDPD_ERROR_NULL;
	const struct xdpd_attach attach = { .size = sizeof(attach), .mode = 3 };
	const int bad[] = { 1000000 }, many[FDS_MAX + 1] = {};
	struct xdpd_request *made = NULL;

	(void)state;
	assert_int_equal(xdpd_request_attach(&attach, &made, &error), -EINVAL);
	assert_string_equal(error.message, "3 is not a mode");
	assert_int_equal(xdpd_request_new("Status", "[]", NULL, 0, &made, &error), -EINVAL);
	assert_true(xdpd_error_has_name(&error, XDPD_ERROR_INVALID_ARGUMENT));
	assert_int_equal(xdpd_request_new("Status", "{", NULL, 0, &made, NULL), -EINVAL);
	assert_int_equal(xdpd_request_new("Test", "{}", bad, 1, &made, NULL), -EBADF);
	assert_int_equal(xdpd_request_new("Test", "{}", many, FDS_MAX + 1, &made, NULL), -E2BIG);
	assert_null(made);
	xdpd_error_free(&error);
}

static void members_are_found_by_path(void **state)
{
	struct xdpd_request *made = request("Status");
	struct xdpd_reply *reply = NULL;
	const char *text = NULL;
	uint64_t number = 0;
	bool boolean = false;
	struct pair pair;

	(void)state;
	pair_init(&pair);
	say(&pair, "{\"parameters\":{\"devices\":[{\"ifname\":\"eth0\",\"n\":7,\"on\":true}]}}");
	assert_int_equal(xdpd_call(pair.connection, made, XDPD_FOREVER, &reply, NULL), 0);
	assert_int_equal(xdpd_reply_get_string(reply, "devices/0/ifname", &text), 0);
	assert_string_equal(text, "eth0");
	assert_int_equal(xdpd_reply_get_number(reply, "devices/0/n", &number), 0);
	assert_int_equal(number, 7);
	assert_int_equal(xdpd_reply_get_boolean(reply, "devices/0/on", &boolean), 0);
	assert_true(boolean);
	assert_int_equal(xdpd_reply_count(reply, "devices"), 1);
	assert_int_equal(xdpd_reply_count(reply, "devices/0"), 0);
	assert_int_equal(xdpd_reply_get_number(reply, "devices/0/ifname", &number), -EINVAL);
	for (size_t i = 0; i < 6; i++) {
		const char *const absent[] = {
			"devices/1", "devices/-1",	"devices/0x",
			"",	     "devices//ifname", "devices/0/ifname/0"
		};

		assert_int_equal(xdpd_reply_get_string(reply, absent[i], &text), -ENXIO);
	}
	assert_int_equal(xdpd_reply_take_fd(reply, 0), -EBADF);
	xdpd_reply_unref(reply);
	xdpd_request_free(made);
	pair_done(&pair);
}

/* The numbers in the header are the positions of the names in the interface. */
static void choices_are_those_of_the_interface(void **state)
{
	const struct field *attach = methods[METHOD_ATTACH].in;
	const struct {
		const char *field, *name;
		int number;
	} choices[] = {
		{ "mode", "native", XDPD_MODE_NATIVE },
		{ "mode", "skb", XDPD_MODE_SKB },
		{ "interop", "none", XDPD_INTEROP_NONE },
		{ "interop", "libxdp", XDPD_INTEROP_LIBXDP },
		{ "on_failure", "skip", XDPD_ON_FAILURE_SKIP },
		{ "on_failure", "drop", XDPD_ON_FAILURE_DROP },
	};

	(void)state;
	for (size_t i = 0; i < array_size(choices); i++)
		assert_int_equal(
			choice_find(field_find(attach, choices[i].field)->type, choices[i].name),
			choices[i].number);
	assert_int_equal(XDPD_REDIRECT, VERDICT_BIT(VERDICT_REDIRECT));
	assert_string_equal(XDPD_SOCKET, INTERFACE_SOCKET);
}

/* Programs that were built with this header rely on these sizes. A struct may grow at its end. */
static void structs_do_not_shrink(void **state)
{
	(void)state;
	if (sizeof(void *) != 8)
		skip();
	assert_int_equal(sizeof(struct xdpd_error), 32);
	assert_int_equal(sizeof(struct xdpd_number), 16);
	assert_int_equal(sizeof(struct xdpd_monitor), 32);
	assert_int_equal(sizeof(struct xdpd_attach), 240);
	assert_int_equal(sizeof(struct xdpd_detach), 56);
	assert_int_equal(sizeof(struct xdpd_replace), 128);
	assert_int_equal(sizeof(struct xdpd_set), 136);
	assert_int_equal(sizeof(struct xdpd_suspend), 48);
	assert_int_equal(sizeof(struct xdpd_devices), 24);
	assert_int_equal(offsetof(struct xdpd_attach, priority), 80);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(calls_are_sent_one_after_the_other),
		cmocka_unit_test(handlers_can_call),
		cmocka_unit_test(handlers_can_disconnect),
		cmocka_unit_test(errors_before_the_request_are_read),
		cmocka_unit_test(every_call_learns_of_the_end),
		cmocka_unit_test(a_call_without_a_reply_times_out),
		cmocka_unit_test(what_is_not_varlink_is_refused),
		cmocka_unit_test(a_listener_hears_every_event),
		cmocka_unit_test(attach_has_all_members),
		cmocka_unit_test(structs_of_other_versions_are_understood),
		cmocka_unit_test(bad_requests_are_refused),
		cmocka_unit_test(members_are_found_by_path),
		cmocka_unit_test(choices_are_those_of_the_interface),
		cmocka_unit_test(structs_do_not_shrink),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
