// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/command.h"

#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/exec-helper.h"
#include "cli/help.h"
#include "cli/json-errors.h"
#include "cli/options.h"
#include "cli/show.h"
#include "cli/suggest-names.h"

#include <stdio.h>
#include <string.h>

/* Asks the daemon, or the local function of a verb that needs none. */
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

/* The exit status of a command line that gets no reply. */
static enum exit_status give_up(const struct invocation *invocation, enum exit_status status)
{
	const struct verb *verb = invocation->verb;

	return status == EXIT_REFUSED && verb && verb->refused ? verb->refused(invocation) : status;
}

static void make_printable(json_t **answer)
{
	json_t *made = reply_printable(*answer);

	json_decref(*answer);
	*answer = made;
}

/* `*ret_answered`: the JSON has already been printed. */
static enum exit_status run(const struct invocation *invocation, void *request, bool *ret_answered)
{
	const struct verb *verb = invocation->verb;
	cleanup(json_decrefp) json_t *answer = NULL;
	enum exit_status status = EXIT_DONE;

	if (verb->prepare)
		status = verb->prepare(invocation, request);
	if (status != EXIT_DONE)
		return give_up(invocation, status);
	if (!verb->converse || !verb->converse(invocation, request, &status, &answer))
		status = ask(invocation, request, &answer);
	else if (status == EXIT_DONE)
		return status;
	if (status == EXIT_REFUSED && answer && !verb->local)
		suggest_names(invocation, request, answer);
	if (status == EXIT_REFUSED && answer)
		client_show_refusal(answer);
	if (status == EXIT_DONE && !invocation->json && !verb->keeps_reply)
		make_printable(&answer);
	if (status == EXIT_DONE && verb->answer)
		return verb->answer(invocation, answer);
	*ret_answered = answer && invocation->json;
	if (*ret_answered)
		show_json(answer);
	else if (status == EXIT_DONE)
		verb->show(answer);
	if (status == EXIT_DONE && verb->judge)
		return verb->judge(answer);
	return give_up(invocation, status);
}

enum exit_status flush_output(enum exit_status status)
{
	if (fflush(stdout) == 0 && !ferror(stdout))
		return status;
	report_error("cannot write the output: %s", strerror(errno));
	return status == EXIT_DONE ? EXIT_REFUSED : status;
}

static enum exit_status read_and_run(int argc, char **argv, const struct verb *verb,
				     bool *ret_answered)
{
	struct invocation invocation = { .socket = INTERFACE_SOCKET };
	void *request = NULL;
	bool ended = false;
	enum exit_status status = options_parse(argc, argv, verb, &invocation, &request, &ended);

	if (status == EXIT_DONE && !ended)
		status = run(&invocation, request, ret_answered);
	if (flush_output(status) != status)
		status = give_up(&invocation, EXIT_REFUSED);
	if (verb)
		request_done(verb_method(verb), request);
	free(request);
	free(invocation.joined);
	return status;
}

/* "help" and "help VERB". */
static enum exit_status help(int argc, char **argv)
{
	struct json_errors errors = {};
	const struct verb *verb = NULL;
	enum exit_status status;

	if (json_errors_are_wanted(argc, argv))
		json_errors_begin(&errors);
	status = options_find_verb(argc, argv, &verb); /* "help" is argv[0] */
	json_errors_end(&errors, status, false);
	if (status != EXIT_DONE)
		return status;
	help_print(verb);
	return flush_output(EXIT_DONE);
}

static enum exit_status version(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	version_print();
	return flush_output(EXIT_DONE);
}

/* Words that are options everywhere else, as in ip(8). */
static const struct {
	const char *word;
	enum exit_status (*run)(int argc, char **argv);
} words[] = {
	{ "help", help },
	{ "version", version },
};

static enum exit_status run_verb(int argc, char **argv, const struct verb *helped)
{
	struct json_errors errors = {};
	const struct verb *verb = NULL;
	bool answered = false;
	enum exit_status status;

	if (json_errors_are_wanted(argc, argv))
		json_errors_begin(&errors);
	status = options_find_verb(argc, argv, &verb);
	if (status == EXIT_DONE && verb && verb->helper && !helped) {
		json_errors_end(&errors, status, answered);
		return exec_helper(verb->helper, argv);
	}
	if (status == EXIT_DONE)
		status = read_and_run(argc, argv, verb && verb->helper ? helped : verb, &answered);
	json_errors_end(&errors, status, answered);
	fflush(stdout);
	return status;
}

enum exit_status command(int argc, char **argv, const struct verb *helped)
{
	int at = options_find_word(argc, argv);

	for (size_t i = 0; at < argc && i < array_size(words); i++)
		if (!strcmp(argv[at], words[i].word))
			return words[i].run(argc - at, argv + at);
	return run_verb(argc, argv, helped);
}
