// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/client.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "ipc/stream.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>

static void streamp(struct stream *stream)
{
	stream_done(stream);
}

static enum exit_status no_daemon(const char *path, int failure)
{
	if (failure == -EACCES || failure == -EPERM)
		report_error("no permission to use the socket '%s'", path);
	else
		report_error("cannot reach xdpd at '%s' (%s); start it with 'systemctl start "
			     "xdpd' or 'xdpd'",
			     path, strerror(-failure));
	return EXIT_NO_DAEMON;
}

static enum exit_status no_answer(const char *path, int failure)
{
	report_error("xdpd at '%s' did not answer (%s); its log may say why ('journalctl -u "
		     "xdpd')",
		     path, strerror(-failure));
	return EXIT_NO_DAEMON;
}

static enum exit_status hung_up(const char *path, int failure)
{
	report_error("xdpd at '%s' closed the connection (%s)", path, strerror(-failure));
	return EXIT_NO_DAEMON;
}

static int connect_to(const char *path)
{
	struct sockaddr_un address = { .sun_family = AF_UNIX };
	cleanup(closep) int fd = -1;

	if (strlen(path) >= sizeof(address.sun_path))
		return -ENAMETOOLONG;
	strcpy(address.sun_path, path);
	fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) < 0)
		return -errno;
	return steal_fd(&fd);
}

/* Waits for the next message. */
static int receive(struct stream *stream, char **ret, struct fds *ret_fds)
{
	while (!(*ret = stream_next(stream, ret_fds))) {
		int result = stream_read(stream);

		if (result <= 0)
			return result < 0 ? result : -ECONNRESET;
	}
	return 0;
}

static int exchange(struct stream *stream, const char *call, const struct fds *fds, char **ret,
		    struct fds *ret_fds)
{
	int result;

	result = stream_write(stream, call, fds);
	if (result == 0)
		result = stream_flush(stream);
	if (result < 0 && result != -EPIPE && result != -ECONNRESET) /* there may be a reply */
		return result;
	return receive(stream, ret, ret_fds);
}

static char *encode_call(const struct method *method, const void *request, bool more,
			 struct fds *fds, struct error *error)
{
	cleanup(json_decrefp) json_t *call = NULL;
	json_t *parameters;
	char *text = NULL;

	if (request_encode(method, request, &parameters, fds, error) < 0)
		return NULL;
	call = json_pack("{s:s++, s:o}", "method", INTERFACE_NAME, ".", method->name, "parameters",
			 parameters);
	if (call && more)
		json_object_set_new(call, "more", json_true());
	if (call)
		text = json_dumps(call, JSON_COMPACT);
	if (!text)
		error_memory(error);
	return text;
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

/*
 * The parameters of a reply, or the whole reply if it is an error; `*ret_continues`: another reply follows.
 */
static enum exit_status read_reply(const char *socket_path, const char *answer, json_t **ret,
				   bool *ret_continues)
{
	cleanup(json_decrefp) json_t *reply = json_loads(answer, 0, NULL);

	if (!json_is_object(reply)) {
		report_error("the server at '%s' is not xdpd", socket_path);
		return EXIT_NO_DAEMON;
	}
	if (json_object_get(reply, "error")) {
		*ret = steal(reply);
		return EXIT_REFUSED;
	}
	*ret_continues = json_is_true(json_object_get(reply, "continues"));
	*ret = json_incref(json_object_get(reply, "parameters"));
	return EXIT_DONE;
}

enum exit_status client_call(const char *socket_path, const struct method *method,
			     const void *request, json_t **ret, struct fds *ret_fds)
{
	cleanup(fds_done) struct fds unwanted = {};
	cleanup(streamp) struct stream stream = { .fd = -1 };
	cleanup(freep) char *answer = NULL;
	cleanup(freep) char *call = NULL;
	cleanup(error_done) struct error error = {};
	struct fds fds = {};
	bool continues;
	int result;

	call = encode_call(method, request, false, &fds, &error);
	if (!call) {
		*ret = refusal_new(&error);
		return EXIT_REFUSED;
	}
	result = connect_to(socket_path);
	if (result < 0)
		return no_daemon(socket_path, result);
	stream_init(&stream, result, SIZE_MAX - 1);
	result = exchange(&stream, call, &fds, &answer, ret_fds ?: &unwanted);
	if (result < 0)
		return no_answer(socket_path, result);
	return read_reply(socket_path, answer, ret, &continues);
}

enum exit_status client_listen(const char *socket_path, const struct method *method,
			       const void *request,
			       bool (*heard)(void *userdata, const json_t *parameters),
			       void *userdata, json_t **ret)
{
	cleanup(streamp) struct stream stream = { .fd = -1 };
	cleanup(fds_done) struct fds unwanted = {};
	cleanup(freep) char *call = NULL;
	cleanup(error_done) struct error error = {};
	struct fds fds = {};
	bool continues = true;
	int result;

	call = encode_call(method, request, true, &fds, &error);
	if (!call) {
		*ret = refusal_new(&error);
		return EXIT_REFUSED;
	}
	result = connect_to(socket_path);
	if (result < 0)
		return no_daemon(socket_path, result);
	stream_init(&stream, result, SIZE_MAX - 1);
	result = stream_write(&stream, call, NULL);
	if (result == 0)
		result = stream_flush(&stream);
	while (continues && (result == 0 || result == -EPIPE || result == -ECONNRESET)) {
		cleanup(json_decrefp) json_t *reply = NULL;
		cleanup(freep) char *answer = NULL;
		enum exit_status status;

		result = receive(&stream, &answer, &unwanted);
		if (result < 0)
			break;
		status = read_reply(socket_path, answer, &reply, &continues);
		if (status == EXIT_REFUSED)
			*ret = steal(reply);
		if (status != EXIT_DONE || !heard(userdata, reply))
			return status;
	}
	return result < 0 ? hung_up(socket_path, result) : EXIT_DONE;
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
