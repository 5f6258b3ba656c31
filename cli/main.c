#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/complete.h"
#include "cli/options.h"

#include <stdio.h>
#include <string.h>

/* The daemon, or who answers in its place. */
static enum exit_status ask(const struct invocation *invocation, const void *request, json_t **ret)
{
	const struct verb *verb = invocation->verb;
	cleanup(error_done) struct error error = {};

	if (!verb->local)
		return client_call(invocation->socket, verb_method(verb), request, ret, NULL);
	if (verb->reply(invocation, request, ret, &error) == 0)
		return EXIT_DONE;
	*ret = refusal_new(&error);
	return EXIT_REFUSED;
}

static enum exit_status run(const struct invocation *invocation, void *request)
{
	const struct verb *verb = invocation->verb;
	cleanup(json_decrefp) json_t *answer = NULL;
	enum exit_status status = EXIT_DONE;

	if (verb->prepare)
		status = verb->prepare(invocation, request);
	if (status != EXIT_DONE)
		return status;
	status = ask(invocation, request, &answer);
	if (status == EXIT_REFUSED)
		client_show_refusal(answer);
	if (status == EXIT_DONE && verb->answer)
		return verb->answer(invocation, answer);
	if (answer && invocation->json)
		show_json(answer);
	else if (status == EXIT_DONE)
		verb->show(answer);
	if (status == EXIT_DONE && verb->judge)
		status = verb->judge(answer);
	return status;
}

/* What could not be written was not done, as on a full disk. */
static enum exit_status flush_output(enum exit_status status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	fprintf(stderr, "xdpctl: cannot write the answer: %s\n", strerror(errno));
	return status == EXIT_DONE ? EXIT_REFUSED : status;
}

int main(int argc, char **argv)
{
	struct invocation invocation = { .socket = INTERFACE_SOCKET };
	const struct verb *verb = NULL;
	void *request = NULL;
	bool ended = false;
	enum exit_status status;

	if (argc > 1 && !strcmp(argv[1], "--complete")) { /* for completions/ alone */
		complete(argc - 2, argv + 2, stdout);
		return flush_output(EXIT_DONE);
	}
	status = options_parse(argc, argv, &verb, &invocation, &request, &ended);
	if (status == EXIT_DONE && !ended)
		status = run(&invocation, request);
	if (verb)
		request_done(verb_method(verb), request);
	free(request);
	return flush_output(status);
}
