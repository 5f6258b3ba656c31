// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/client.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "cli/interval.h"
#include "ipc/validate.h"
#include "lib/call.h"

#include <string.h>
#include <time.h>

static void disconnectp(struct xdpd_connection **connection)
{
	xdpd_disconnect(*connection);
}

static void unrefp(struct xdpd_reply **reply)
{
	xdpd_reply_unref(*reply);
}

static void public_error_done(struct xdpd_error *error)
{
	xdpd_error_free(error);
}

static json_t *detail_lines(const char *detail)
{
	json_t *lines = json_array();

	while (detail && *detail) {
		size_t length = strcspn(detail, "\n");

		json_array_append_new(lines, json_stringn(detail, length));
		detail += length + (detail[length] == '\n');
	}
	return lines;
}

json_t *refusal_new(const struct error *error)
{
	return json_pack("{s:s++, s:{s:o, s:s, s:o}}", "error", INTERFACE_NAME, ".",
			 error_name(error->id), "parameters", "message",
			 text_encode(error->message ?: "out of memory"), "errno",
			 errno_name(error->number), "detail", detail_lines(error->detail));
}

/* Prints why there is no reply. */
static enum exit_status no_reply(const struct xdpd_error *error)
{
	report_error("%s", error->message ?: "out of memory");
	return EXIT_NO_DAEMON;
}

/* A call of the method, or a refusal if it cannot be encoded. */
static enum exit_status encode(const struct method *method, const void *request, bool more,
			       struct xdpd_request **ret, json_t **ret_refusal)
{
	cleanup(error_done) struct error error = {};

	if (request_from_table(method, request, more, ret, &error) == 0)
		return EXIT_DONE;
	*ret_refusal = refusal_new(&error);
	return EXIT_REFUSED;
}

/* Prints what is wrong with a reply. */
static enum exit_status check(const struct method *method, const json_t *parameters)
{
	cleanup(error_done) struct error error = {};

	if (!parameters ||
	    reply_types_validate(method->out, parameters, "the server is not xdpd", &error) == 0)
		return EXIT_DONE;
	report_error("%s", error.message ?: "out of memory");
	return EXIT_NO_DAEMON;
}

/* The parameters of a reply, or the whole reply if it is an error. */
static enum exit_status read_reply(const struct method *method, struct xdpd_reply *reply,
				   json_t **ret)
{
	enum exit_status status;

	if (!reply->message)
		return no_reply(&reply->error);
	status = reply->error.name ? EXIT_REFUSED : check(method, reply_parameters(reply));
	if (status != EXIT_NO_DAEMON)
		*ret = json_incref(reply->error.name ? reply->message : reply_parameters(reply));
	return status;
}

enum exit_status client_call_on(struct xdpd_connection *connection, const struct method *method,
				const void *request, json_t **ret, struct fds *ret_fds)
{
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;
	cleanup(request_freep) struct xdpd_request *call = NULL;
	cleanup(unrefp) struct xdpd_reply *reply = NULL;
	enum exit_status status = encode(method, request, false, &call, ret);

	if (status != EXIT_DONE)
		return status;
	if (call_and_wait(connection, call, XDPD_FOREVER, &reply, &error) < 0)
		return no_reply(&error);
	if (ret_fds) {
		*ret_fds = reply->fds;
		reply->fds.n_fds = 0;
	}
	return read_reply(method, reply, ret);
}

enum exit_status client_connect(const char *socket_path, struct xdpd_connection **ret)
{
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;

	return xdpd_connect(socket_path, ret, &error) < 0 ? no_reply(&error) : EXIT_DONE;
}

enum exit_status client_call(const char *socket_path, const struct method *method,
			     const void *request, json_t **ret, struct fds *ret_fds)
{
	cleanup(disconnectp) struct xdpd_connection *connection = NULL;
	enum exit_status status = client_connect(socket_path, &connection);

	return status == EXIT_DONE ? client_call_on(connection, method, request, ret, ret_fds)
				   : status;
}

enum exit_status client_enable_reconnect(struct xdpd_connection *connection)
{
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;

	if (xdpd_enable_reconnect(connection, &error) == 0 ||
	    xdpd_error_has_name(&error, "org.varlink.service.MethodNotFound"))
		return EXIT_DONE;
	return no_reply(&error);
}

static enum client_link lost(const char *socket_path)
{
	report_error("xdpd at '%s' closed the connection, and detached what was attached on it",
		     socket_path);
	return CLIENT_LOST;
}

enum client_link client_reconnect(struct xdpd_connection *connection, const char *socket_path)
{
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;
	cleanup(unrefp) struct xdpd_reply *reply = NULL;
	bool claimed = false;

	if (xdpd_reconnect(connection, 0, &reply, &error) < 0)
		return xdpd_error_has_name(&error, XDPD_ERROR_NO_DAEMON) ||
				       xdpd_error_has_name(&error, XDPD_ERROR_DISCONNECTED)
			       ? CLIENT_WAITS
			       : lost(socket_path);
	xdpd_reply_get_boolean(reply, "claimed", &claimed);
	return claimed ? CLIENT_CONNECTED : lost(socket_path);
}

static enum client_link reconnect_at_last(struct xdpd_connection *connection,
					  const char *socket_path)
{
	const struct timespec pause = { .tv_nsec = CLIENT_RECONNECT_MSEC * 1000000 };
	enum client_link link;

	while ((link = client_reconnect(connection, socket_path)) == CLIENT_WAITS)
		nanosleep(&pause, NULL);
	return link;
}

enum exit_status client_wait(struct xdpd_connection *connection, const char *socket_path)
{
	enum client_link link = CLIENT_CONNECTED;

	while (link == CLIENT_CONNECTED) {
		int result = xdpd_process(connection);

		if (result == 0)
			xdpd_wait(connection, XDPD_FOREVER);
		if (result < 0)
			link = reconnect_at_last(connection, socket_path);
	}
	return EXIT_NO_DAEMON;
}

struct listening {
	const struct method *method;
	bool (*heard)(void *userdata, const json_t *parameters);
	void *userdata;
	json_t **ret; /* a refusal */
	bool ended;
	enum exit_status status;
};

static void hear(struct xdpd_reply *reply, void *userdata)
{
	cleanup(json_decrefp) json_t *parameters = NULL;
	struct listening *listening = userdata;

	listening->status = read_reply(listening->method, reply, &parameters);
	if (listening->status == EXIT_REFUSED)
		*listening->ret = steal(parameters);
	listening->ended = listening->status != EXIT_DONE ||
			   !listening->heard(listening->userdata, parameters);
}

static enum exit_status listen_until(struct xdpd_connection *connection, uint64_t until,
				     const struct listening *listening)
{
	while (!listening->ended) {
		uint64_t now = until == UINT64_MAX ? 0 : interval_now();

		if (now >= until)
			break;
		if (xdpd_process(connection) == 0)
			xdpd_wait(connection, until == UINT64_MAX ? XDPD_FOREVER : until - now);
	}
	return listening->status;
}

enum exit_status client_listen(const char *socket_path, const struct method *method,
			       const void *request,
			       bool (*heard)(void *userdata, const json_t *parameters),
			       void *userdata, uint64_t until, json_t **ret)
{
	struct listening listening = { method, heard, userdata, .ret = ret };
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;
	cleanup(disconnectp) struct xdpd_connection *connection = NULL;
	cleanup(request_freep) struct xdpd_request *call = NULL;
	enum exit_status status = encode(method, request, true, &call, ret);

	if (status == EXIT_DONE)
		status = client_connect(socket_path, &connection);
	if (status != EXIT_DONE)
		return status;
	if (xdpd_call_async(connection, call, XDPD_FOREVER, hear, &listening, &error) < 0)
		return no_reply(&error);
	return listen_until(connection, until, &listening);
}

static void hear_reply(struct xdpd_reply *reply, void *userdata)
{
	cleanup(json_decrefp) json_t *parameters = NULL;
	struct conversation *conversation = userdata;

	conversation->status = read_reply(conversation->method, reply, &parameters);
	conversation->continues = conversation->status == EXIT_DONE &&
				  json_is_true(json_object_get(reply->message, "continues"));
	if (conversation->status == EXIT_REFUSED)
		*conversation->ret = steal(parameters);
	if (conversation->status == EXIT_DONE)
		conversation->heard(conversation->userdata, parameters, &reply->fds);
}

enum exit_status client_begin(const char *socket_path, const struct method *method,
			      const void *request, struct conversation *conversation)
{
	cleanup(public_error_done) struct xdpd_error error = XDPD_ERROR_NULL;
	cleanup(request_freep) struct xdpd_request *call = NULL;
	enum exit_status status = encode(method, request, true, &call, conversation->ret);

	conversation->method = method;
	if (status == EXIT_DONE)
		status = client_connect(socket_path, &conversation->connection);
	if (status == EXIT_DONE && xdpd_call_async(conversation->connection, call, XDPD_FOREVER,
						   hear_reply, conversation, &error) < 0)
		status = no_reply(&error);
	conversation->continues = status == EXIT_DONE;
	return status;
}

enum exit_status client_process(struct conversation *conversation, bool waits)
{
	struct xdpd_connection *connection = conversation->connection;
	bool is_waiting = waits;

	while (conversation->continues) {
		if (xdpd_process(connection) > 0)
			is_waiting = false; /* more may have arrived */
		else if (!is_waiting)
			break;
		else
			xdpd_wait(connection, XDPD_FOREVER);
	}
	return conversation->status;
}

void client_end(struct conversation *conversation)
{
	disconnectp(&conversation->connection);
	conversation->connection = NULL;
}

/* Prints a refusal, {"error": ..., "parameters": {...}}: the sentence, and the further lines below it. */
void client_show_refusal(const json_t *reply)
{
	const json_t *parameters = json_object_get(reply, "parameters");
	const char *message = json_string_value(json_object_get(parameters, "message"));
	const char *name = json_string_value(json_object_get(reply, "error"));
	json_t *line;
	size_t i;

	report_error("%s", message ?: name ?: "refused");
	json_array_foreach(json_object_get(parameters, "detail"), i, line)
		report_error_line(json_string_value(line) ?: "");
}
