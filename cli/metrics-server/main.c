// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * xdpd-metrics: serves the metrics over HTTP, as a client of the daemon that may only read, so HTTP does not
 * reach a privileged process.
 */
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/metrics-server/listen.h"
#include "cli/metrics.h"
#include "cli/terminal.h"

#include <getopt.h>
#include <microhttpd.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CONNECTIONS_MAX		   16u
#define CONNECTIONS_OF_ADDRESS_MAX 8u  /* so one machine cannot keep the others out */
#define TIMEOUT			   10u /* seconds that a connection may be idle */

struct server {
	const char *socket; /* the daemon's */
};

static enum MHD_Result reply_with(struct MHD_Connection *connection, unsigned int status,
				  const char *media_type, char *text, size_t size,
				  enum MHD_ResponseMemoryMode mode)
{
	struct MHD_Response *response = MHD_create_response_from_buffer(size, text, mode);
	enum MHD_Result result;

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, media_type);
	if (status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	result = MHD_queue_response(connection, status, response);
	MHD_destroy_response(response);
	return result;
}

static enum MHD_Result reply_text_of(struct MHD_Connection *connection, unsigned int status,
				     const char *text)
{
	return reply_with(connection, status, "text/plain; charset=utf-8", (char *)text,
			  strlen(text), MHD_RESPMEM_PERSISTENT);
}

/* A client that asks for OpenMetrics, as Prometheus does, gets it. */
static enum metrics_format choose_format(struct MHD_Connection *connection)
{
	const char *accept = MHD_lookup_connection_value(connection, MHD_HEADER_KIND,
							 MHD_HTTP_HEADER_ACCEPT);

	return accept && strstr(accept, "application/openmetrics-text") ? METRICS_OPENMETRICS
									: METRICS_PROMETHEUS;
}

static enum MHD_Result reply_metrics(struct MHD_Connection *connection, const struct server *server)
{
	const struct metrics_request request = {};
	enum metrics_format format = choose_format(connection);
	cleanup(json_decrefp) json_t *answer = NULL;
	char *text = NULL;
	size_t size;
	FILE *file;

	switch (client_call(server->socket, &methods[METHOD_METRICS], &request, &answer, NULL)) {
	case EXIT_DONE:
		break;
	case EXIT_REFUSED:
		client_show_refusal(answer);
		return reply_text_of(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "xdpd refused to return its metrics; the log of xdpd-metrics "
				     "says why\n");
	default:
		return reply_text_of(connection, MHD_HTTP_SERVICE_UNAVAILABLE,
				     "xdpd cannot be reached; the log of xdpd-metrics says why\n");
	}
	file = open_memstream(&text, &size);
	if (!file)
		return MHD_NO;
	metrics_print(file, answer, format);
	if (fclose(file) != 0) {
		free(text);
		return MHD_NO;
	}
	return reply_with(connection, MHD_HTTP_OK, metrics_media_type(format), text, size,
			  MHD_RESPMEM_MUST_FREE);
}

static enum MHD_Result answer_request(void *userdata, struct MHD_Connection *connection,
				      const char *url, const char *method, const char *version,
				      const char *body, size_t *body_size, void **state)
{
	(void)version;
	(void)body;
	(void)state;
	if (*body_size > 0)
		return MHD_NO;
	if (strcmp(method, MHD_HTTP_METHOD_GET) != 0 && strcmp(method, MHD_HTTP_METHOD_HEAD) != 0)
		return reply_text_of(connection, MHD_HTTP_METHOD_NOT_ALLOWED,
				     "only GET and HEAD are supported\n");
	if (strcmp(url, "/metrics") != 0)
		return reply_text_of(connection, MHD_HTTP_NOT_FOUND,
				     "the metrics of xdpd are at /metrics\n");
	return reply_metrics(connection, userdata);
}

static void print_help(void)
{
	printf("Usage: xdpd-metrics [OPTIONS]\n"
	       "Serve the metrics of xdpd(8) at /metrics over HTTP, on the sockets that systemd "
	       "passes\nor on --listen.\n\n"
	       "  --listen ADDRESS      address and port, such as 127.0.0.1:9813, or unix:/PATH\n"
	       "  --socket PATH         path of the daemon's socket "
	       "(default: " INTERFACE_SOCKET ")\n"
	       "  -h, --help            print this help\n"
	       "  --version             print the version\n");
}

/* 0 to continue, otherwise the exit status plus one. */
static int parse_options(int argc, char **argv, struct server *server, const char **ret_address)
{
	static const struct option options[] = {
		{ "listen", required_argument, NULL, 'l' },
		{ "socket", required_argument, NULL, 's' },
		{ "help", no_argument, NULL, 'h' },
		{ "version", no_argument, NULL, 'v' },
		{},
	};

	for (int option; (option = getopt_long(argc, argv, "h", options, NULL)) >= 0;) {
		if (option == 'l') {
			*ret_address = optarg;
		} else if (option == 's') {
			server->socket = optarg;
		} else if (option == 'h') {
			print_help();
			return 1 + EXIT_SUCCESS;
		} else if (option == 'v') {
			printf("xdpd-metrics %s\n", XDPD_VERSION);
			return 1 + EXIT_SUCCESS;
		} else {
			return 1 + EXIT_USAGE;
		}
	}
	if (optind == argc)
		return 0;
	report_error("unexpected argument '%s'; see 'xdpd-metrics --help'", argv[optind]);
	return 1 + EXIT_USAGE;
}

static enum exit_status serve(struct server *server, int listening)
{
	struct MHD_Daemon *daemon;
	sigset_t signals;
	int number;

	sigemptyset(&signals);
	sigaddset(&signals, SIGTERM);
	sigaddset(&signals, SIGINT);
	sigprocmask(SIG_BLOCK, &signals, NULL);
	signal(SIGPIPE, SIG_IGN);
	daemon = MHD_start_daemon(MHD_USE_AUTO_INTERNAL_THREAD | MHD_USE_ERROR_LOG, 0, NULL, NULL,
				  answer_request, server, MHD_OPTION_LISTEN_SOCKET, listening,
				  MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS_MAX,
				  MHD_OPTION_PER_IP_CONNECTION_LIMIT, CONNECTIONS_OF_ADDRESS_MAX,
				  MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT, MHD_OPTION_END);
	if (!daemon) {
		report_error("cannot start to serve HTTP");
		return EXIT_REFUSED;
	}
	sigwait(&signals, &number);
	/* The thread may still wait for the daemon, and there is nothing to save. */
	_exit(EXIT_DONE);
}

int main(int argc, char **argv)
{
	struct server server = { .socket = INTERFACE_SOCKET };
	cleanup(error_done) struct error error = {};
	const char *address = NULL;
	int listening;
	int result = parse_options(argc, argv, &server, &address);

	if (result)
		return result - 1;
	result = listen_find(address, &listening, &error);
	if (result == 0)
		return serve(&server, listening);
	report_error("%s", error.message ?: "out of memory");
	return EXIT_REFUSED;
}
