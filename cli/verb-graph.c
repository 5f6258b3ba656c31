// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/cleanup.h"
#include "cli/graph-text.h"
#include "cli/show.h"
#include "cli/verb.h"

#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>

/* With more devices the lines of a picture cannot be told apart. */
#define DEVICES_DRAWN 16

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "only this device (repeatable)" },
	OPTION_NETNS,
	{ "others", NULL, "others",
	  "also show holders outside xdpd: pins, processes, programs and links" },
	{ "dot", NULL, NULL, "print the graph in Graphviz's DOT language" },
	{ "svg", NULL, NULL, "print the graph as an SVG picture (needs Graphviz)" },
	{},
};

extern char **environ;

/* Starts dot(1), which reads from `*ret_input`; a positive errno on failure. */
static int start_dot(pid_t *ret_pid, FILE **ret_input)
{
	static char *const arguments[] = { "dot", "-Tsvg", NULL };
	posix_spawn_file_actions_t actions;
	int pipe_fds[2], failure;

	if (pipe2(pipe_fds, O_CLOEXEC) < 0)
		return errno;
	posix_spawn_file_actions_init(&actions);
	posix_spawn_file_actions_adddup2(&actions, pipe_fds[0], STDIN_FILENO);
	failure = posix_spawnp(ret_pid, arguments[0], &actions, NULL, arguments, environ);
	posix_spawn_file_actions_destroy(&actions);
	close(pipe_fds[0]);
	*ret_input = failure ? NULL : fdopen(pipe_fds[1], "w");
	if (!*ret_input)
		close(pipe_fds[1]);
	return failure;
}

static enum exit_status run_dot(const struct graph *graph)
{
	FILE *input = NULL;
	pid_t pid = -1;
	int status = -1, failure;

	fflush(stdout);
	signal(SIGPIPE, SIG_IGN); /* dot may exit early; its exit status shows that */
	failure = start_dot(&pid, &input);
	if (failure) {
		report_error("cannot run Graphviz's 'dot' (%s); install graphviz, or use --dot "
			     "and draw the picture elsewhere",
			     strerror(failure));
		return EXIT_REFUSED;
	}
	if (input) {
		graph_print_dot(graph, input);
		fclose(input);
	}
	waitpid(pid, &status, 0);
	if (status == 0)
		return EXIT_DONE;
	report_error("Graphviz's 'dot' failed to draw the picture");
	return EXIT_REFUSED;
}

/* The number of devices; `*ret_first` is the name of the first one. */
static size_t count_devices(const struct graph *graph, const char **ret_first)
{
	size_t n = 0;

	for (size_t i = 0; i < graph->n_nodes; i++)
		if (!strcmp(graph->nodes[i].kind, "device") && n++ == 0)
			*ret_first = graph->nodes[i].device;
	return n;
}

static enum exit_status draw(const struct graph *graph)
{
	const char *first = "";
	size_t n = count_devices(graph, &first);

	if (n <= DEVICES_DRAWN)
		return run_dot(graph);
	report_error("%zu devices do not fit into one readable picture (maximum %d); name the "
		     "devices, as in 'xdpctl graph --svg --dev %s'",
		     n, DEVICES_DRAWN, first);
	return EXIT_REFUSED;
}

static enum exit_status prepare(const struct invocation *invocation, void *request)
{
	bool dot = option_given(invocation, "dot"), svg = option_given(invocation, "svg");

	(void)request;
	if (dot + svg + invocation->json > 1)
		return usage(invocation->verb, "graph takes only one of --dot, --svg and --json");
	return EXIT_DONE;
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	cleanup(graph_done) struct graph graph = {};
	enum exit_status status = EXIT_DONE;

	if (invocation->json) {
		show_json(parameters);
		return EXIT_DONE;
	}
	if (!graph_read(parameters, &graph)) {
		report_error("invalid reply from xdpd: not a graph");
		return EXIT_REFUSED;
	}
	if (option_given(invocation, "svg"))
		status = draw(&graph);
	else if (option_given(invocation, "dot"))
		graph_print_dot(&graph, stdout);
	else
		graph_print_text(&graph, stdout);
	return status;
}

const struct verb verb_graph = {
	.name = "graph",
	.summary = "Show what keeps what in memory: devices, components, maps, objects.",
	.method = METHOD_GRAPH,
	.options = options,
	.prepare = prepare,
	.answer = answer,
};
