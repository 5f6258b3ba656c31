// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/record/start.h"

#include "base/cleanup.h"
#include "cli/command.h"
#include "cli/record/background.h"
#include "cli/record/recorder.h"
#include "cli/record/ring-file.h"
#include "cli/show.h"
#include "cli/trace/request.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#define SIZE_DEFAULT (64u << 20)

/* "64M"; the unit is binary, as in dd(1). */
static enum exit_status parse_size(const struct verb *verb, const char *text, uint64_t *ret)
{
	static const struct {
		const char *name;
		unsigned int shift;
	} units[] = { { "", 0 }, { "K", 10 }, { "M", 20 }, { "G", 30 } };
	size_t digits = strspn(text, "0123456789");

	for (size_t i = 0; digits > 0 && digits < 12 && i < array_size(units); i++) {
		uint64_t number = strtoull(text, NULL, 10);

		if (strcmp(text + digits, units[i].name) != 0)
			continue;
		if (number > RING_SIZE_MAX >> units[i].shift ||
		    number << units[i].shift < RING_SIZE_MIN)
			break;
		*ret = number << units[i].shift;
		return EXIT_DONE;
	}
	return usage(verb, "--size takes a size such as 64M, from 1M to 16G, not '%s'", text);
}

enum exit_status start_prepare(const struct invocation *invocation, void *userdata)
{
	const char *size = option_given(invocation, "size");
	struct trace_request *request = userdata;
	enum exit_status status = trace_request_check(invocation, request);
	uint64_t ignored;

	if (!request->snaplen.given)
		request->snaplen = (struct number){ true, SNAPLEN_DEFAULT };
	if (status == EXIT_DONE && size)
		status = parse_size(invocation->verb, size, &ignored);
	return status == EXIT_DONE ? trace_request_complete(invocation, request) : status;
}

struct start {
	const struct invocation *invocation;
	const struct trace_request *request;
	struct recorder_options options;
	char *socket; /* an absolute path; owned */
	struct background *background;
};

static void show_start(const struct start *start, const json_t *answer)
{
	if (start->invocation->json) {
		show_json(answer);
		return;
	}
	show_device(answer);
	printf("recording into '%s' (%" PRIu64 " MiB), process %" PRIu64 "\n",
	       reply_text(answer, "file"), reply_number(answer, "bytes") >> 20,
	       reply_number(answer, "pid"));
}

static bool report_foreground(void *userdata, const json_t *answer)
{
	const struct start *start = userdata;

	show_start(start, answer);
	return flush_output(EXIT_DONE) == EXIT_DONE;
}

/* The process stays in no directory, so that file systems can be unmounted. */
static bool report_background(void *userdata, const json_t *answer)
{
	const struct start *start = userdata;

	return chdir("/") == 0 && background_report(start->background, answer);
}

static enum exit_status work(struct background *background, void *userdata, json_t **ret)
{
	struct start *start = userdata;

	start->background = background;
	return recorder_run(&start->options, start->request, report_background, start, ret);
}

static enum exit_status run_start(struct start *start, json_t **ret)
{
	cleanup(json_decrefp) json_t *answer = NULL;
	enum exit_status status;

	if (option_given(start->invocation, "foreground"))
		return recorder_run(&start->options, start->request, report_foreground, start, ret);
	status = background_run(work, start, &answer);
	if (status == EXIT_DONE)
		show_start(start, answer);
	else
		*ret = steal(answer);
	return status;
}

bool start_converse(const struct invocation *invocation, const void *request,
		    enum exit_status *ret_status, json_t **ret)
{
	cleanup(freep) char *socket = realpath(invocation->socket, NULL);
	const char *size = option_given(invocation, "size");
	struct start start = {
		.invocation = invocation,
		.request = request,
		.options = {
			.socket = socket ?: invocation->socket,
			.directory = option_given(invocation, "directory"),
			.size = SIZE_DEFAULT,
			.expression = invocation->operands[0],
		},
	};

	if (size)
		parse_size(invocation->verb, size, &start.options.size);
	*ret_status = run_start(&start, ret);
	return true;
}
