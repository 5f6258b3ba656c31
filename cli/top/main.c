// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/* What 'xdpctl top' runs: the one verb that uses the whole terminal, with ncurses. */
#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/command.h"
#include "cli/interval.h"
#include "cli/rates-text.h"
#include "cli/show.h"
#include "cli/top/screen.h"
#include "cli/top/traces.h"
#include "cli/verbs.h"
#include "ipc/trace-record.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One packet in this many is traced. */
#define SAMPLE_DEFAULT 100

struct top {
	const struct invocation *invocation;
	const void *request;
	uint64_t interval; /* microseconds */
	uint64_t left;	   /* tables or screens; 0: no limit */
	struct screen screen;
	struct top_traces *traces; /* NULL: latencies are not shown */
	json_t *before, *after;	   /* replies, printable; NULL: none yet */
	uint64_t before_at, after_at;
};

static double seconds(const struct top *top)
{
	return top->before ? (top->after_at - top->before_at) / 1e6 : 0;
}

static enum exit_status ask(struct top *top, json_t **ret)
{
	cleanup(json_decrefp) json_t *reply = NULL;
	enum exit_status status = client_call(top->invocation->socket, &methods[METHOD_METRICS],
					      top->request, &reply, NULL);

	if (status == EXIT_REFUSED)
		*ret = steal(reply);
	if (status != EXIT_DONE)
		return status;
	json_decref(top->before);
	top->before = top->after;
	top->before_at = top->after_at;
	top->after = reply_printable(reply);
	top->after_at = interval_now();
	if (!top->traces)
		return EXIT_DONE;
	return top_traces_follow(top->traces, reply, top->screen.filter, ret);
}

static void compute(const struct top *top, struct rates_list *ret)
{
	rates_init(ret, top->before, top->after, seconds(top));
	if (top->traces)
		top_traces_apply(top->traces, ret);
}

/* Was that the last table or screen? */
static bool is_last(struct top *top)
{
	return top->left > 0 && --top->left == 0;
}

/* Selects the lines that the filter leaves, in the order of the view. */
static void select_lines(struct rates_list *ret, const struct view *view)
{
	struct device_rates *device = NULL;

	ret->devices = calloc(view->n_lines + 1, sizeof(*ret->devices));
	if (!ret->devices)
		abort();
	for (size_t i = 0; i < view->n_lines; i++) {
		const struct view_line *line = &view->lines[i];

		if (!line->component) {
			device = &ret->devices[ret->n_devices++];
			*device = *line->device;
			device->n_components = 0;
			device->components = calloc(line->device->n_components + 1,
						    sizeof(*device->components));
			if (!device->components)
				abort();
			continue;
		}
		device->components[device->n_components++] = *line->component;
	}
}

static void print_table(struct top *top)
{
	cleanup(rates_done) struct rates_list list = {};
	cleanup(rates_done) struct rates_list selected = {};
	cleanup(view_done) struct view view = {};

	compute(top, &list);
	selected.has_latency = list.has_latency;
	view_init(&view, &list, top->screen.sort, top->screen.filter);
	select_lines(&selected, &view);
	if (top->invocation->json) {
		cleanup(json_decrefp) json_t *encoded = rates_encode(&selected, seconds(top));

		show_json(encoded);
	} else {
		rates_print(stdout, &selected, terminal_width());
		putchar('\n');
	}
}

static void report_refusals(struct top *top)
{
	char *text;

	while (top->traces && (text = top_traces_refusal(top->traces))) {
		report_error("no latencies of %s", text);
		free(text);
	}
}

static enum exit_status run_batch(struct top *top, json_t **ret)
{
	for (;;) {
		enum exit_status status = ask(top, ret);

		if (status != EXIT_DONE)
			return status;
		report_refusals(top);
		if (top->before) {
			print_table(top);
			if (fflush(stdout) != 0 || is_last(top))
				return EXIT_DONE;
		}
		interval_wait_until(top->after_at + top->interval);
	}
}

static void draw(struct top *top)
{
	cleanup(rates_done) struct rates_list list = {};

	if (top->before)
		compute(top, &list);
	screen_draw(&top->screen, top->before ? &list : NULL, seconds(top));
}

/* Handles keys until the next measurement is due; false: the user wants to quit. */
static bool handle_keys(struct top *top)
{
	uint64_t deadline = top->after_at + top->interval;

	for (;;) {
		switch (screen_wait(&top->screen, deadline)) {
		case SCREEN_QUIT:
			return false;
		case SCREEN_CHANGED:
			draw(top);
			break;
		case SCREEN_TIMEOUT:
			if (!top->screen.is_paused)
				return true;
			deadline = interval_now() + top->interval;
			break;
		}
	}
}

static enum exit_status run_screen(struct top *top, json_t **ret)
{
	enum exit_status status = ask(top, ret); /* reports errors before the screen opens */

	if (status == EXIT_DONE && !screen_open())
		return usage(top->invocation->verb, "top needs a terminal; use --batch for pipes");
	if (status != EXIT_DONE)
		return status;
	draw(top);
	while (status == EXIT_DONE && handle_keys(top)) {
		status = ask(top, ret);
		if (status == EXIT_DONE)
			draw(top);
		if (is_last(top))
			break;
	}
	screen_close();
	report_refusals(top);
	/* The screen is closed, and with it the message that was printed. */
	if (status == EXIT_NO_DAEMON)
		report_error("xdpd at '%s' no longer answers", top->invocation->socket);
	return status;
}

static enum exit_status read_options(struct top *top)
{
	const struct invocation *invocation = top->invocation;
	const char *sort = option_given(invocation, "sort");
	const char *filter = option_given(invocation, "filter");
	const char *count = option_given(invocation, "count");
	char *end = NULL;

	if (filter && strlen(filter) >= sizeof(top->screen.filter))
		return usage(invocation->verb, "--filter: '%s' is too long", filter);
	strcpy(top->screen.filter, filter ?: "");
	if (sort && !view_sort_parse(sort, &top->screen.sort))
		return usage(invocation->verb, "--sort takes packets, drops or name, not '%s'",
			     sort);
	if (count)
		top->left = strtoull(count, &end, 10);
	if (count && (*end || *count < '1' || *count > '9'))
		return usage(invocation->verb, "--count takes a number from 1, not '%s'", count);
	return interval_parse(invocation->verb, "interval", option_given(invocation, "interval"),
			      &top->interval);
}

static enum exit_status open_traces(struct top *top)
{
	const struct invocation *invocation = top->invocation;
	const char *sample = option_given(invocation, "sample");
	uint64_t number = SAMPLE_DEFAULT;
	char *end = NULL;

	if (sample && !option_given(invocation, "latency"))
		return usage(invocation->verb, "--sample needs --latency");
	if (sample)
		number = strtoull(sample, &end, 10);
	if (sample && (*end || *sample < '1' || *sample > '9' || number > TRACE_SAMPLE_MAX))
		return usage(invocation->verb, "--sample takes a number from 1 to %d, not '%s'",
			     TRACE_SAMPLE_MAX, sample);
	if (option_given(invocation, "latency"))
		top->traces = top_traces_new(invocation->socket, number);
	return EXIT_DONE;
}

static bool converse(const struct invocation *invocation, const void *request,
		     enum exit_status *ret_status, json_t **ret)
{
	struct top top = { .invocation = invocation, .request = request, .interval = 1000000 };

	*ret_status = read_options(&top);
	if (*ret_status == EXIT_DONE)
		*ret_status = open_traces(&top);
	if (*ret_status == EXIT_DONE)
		*ret_status = option_given(invocation, "batch") || invocation->json
				      ? run_batch(&top, ret)
				      : run_screen(&top, ret);
	top_traces_drop(&top.traces);
	json_decref(top.before);
	json_decref(top.after);
	return true;
}

int main(int argc, char **argv)
{
	struct verb top = verb_top;

	top.converse = converse;
	return command(argc, argv, &top);
}
