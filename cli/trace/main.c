// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* The program that 'xdpctl trace' runs. It is linked with libpcap, which xdpctl itself does not need. */
#include "cli/command.h"
#include "cli/trace/request.h"
#include "cli/trace/trace.h"
#include "cli/verbs.h"

#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static enum exit_status check(const struct invocation *invocation,
			      const struct trace_request *request)
{
	const char *path = option_given(invocation, "write");
	enum exit_status status = trace_request_check(invocation, request);

	if (status != EXIT_DONE)
		return status;
	if (path && invocation->json)
		return usage(invocation->verb, "trace takes either --write or --json");
	if (path && !strcmp(path, "-") && isatty(STDOUT_FILENO))
		return usage(invocation->verb,
			     "--write: a terminal cannot show pcapng; use a pipe or a file");
	return EXIT_DONE;
}

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct trace_request *request = userdata;
	enum exit_status status = check(invocation, request);

	return status == EXIT_DONE ? trace_request_complete(invocation, request) : status;
}

static enum exit_status read_count(const struct invocation *invocation, uint64_t *ret)
{
	const char *count = option_given(invocation, "count");
	char *end;

	if (!count)
		return EXIT_DONE;
	*ret = strtoull(count, &end, 10);
	if (*end || *count < '1' || *count > '9')
		return usage(invocation->verb, "--count takes a number from 1, not '%s'", count);
	return EXIT_DONE;
}

static bool converse(const struct invocation *invocation, const void *userdata,
		     enum exit_status *ret_status, json_t **ret)
{
	const struct trace_request *request = userdata;
	struct trace_options options = {
		.json = invocation->json,
		.journey = request->journey,
		.chooses = request->verdicts.given || request->component,
		.path = option_given(invocation, "write"),
		.expression = invocation->operands[0],
		.snaplen = request->snaplen.given ? (uint32_t)request->snaplen.value
						  : SNAPLEN_DEFAULT,
	};

	*ret_status = read_count(invocation, &options.count);
	if (*ret_status == EXIT_DONE)
		*ret_status = trace_run(invocation->socket, request, &options, ret);
	return true;
}

int main(int argc, char **argv)
{
	struct verb trace = verb_trace;

	trace.prepare = prepare;
	trace.converse = converse;
	return command(argc, argv, &trace);
}
