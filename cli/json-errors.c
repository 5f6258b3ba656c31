// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/json-errors.h"

#include "base/cleanup.h"
#include "cli/show.h"

#include <stdio.h>
#include <string.h>

bool json_errors_are_wanted(int argc, char *const *argv)
{
	for (int i = 1; i < argc && strcmp(argv[i], "--") != 0; i++)
		if (!strcmp(argv[i], "-j") || !strcmp(argv[i], "--json") ||
		    !strncmp(argv[i], "--json=", strlen("--json=")))
			return true;
	return false;
}

/* The code that reports an error does not know that it is collected: glibc allows assigning to stderr. */
void json_errors_begin(struct json_errors *errors)
{
	FILE *collected = open_memstream(&errors->text, &errors->size);

	if (!collected)
		return;
	errors->stderr_before = stderr;
	stderr = collected;
}

/* Named in xdpctl's own namespace, because the interface has no such errors. */
static const char *error_of(enum exit_status status)
{
	switch (status) {
	case EXIT_USAGE:
		return "xdpctl.Usage";
	case EXIT_NO_DAEMON:
		return "xdpctl.NoDaemon";
	default:
		return "xdpctl.Refused";
	}
}

/* A sentence and the further lines below it, as report_error() and report_error_line() print them. */
static json_t *encode(enum exit_status status, char *text)
{
	static const char prefix[] = "xdpctl: ";
	json_t *detail = json_array();
	char *rest = text;
	char *sentence = strsep(&rest, "\n");

	if (!strncmp(sentence, prefix, strlen(prefix)))
		sentence += strlen(prefix);
	for (char *line; (line = strsep(&rest, "\n"));)
		if (*line)
			json_array_append_new(detail, json_string(line + strspn(line, " ")));
	return json_pack("{s:s, s:{s:s, s:o}}", "error", error_of(status), "parameters", "message",
			 sentence, "detail", detail);
}

char *json_errors_take(struct json_errors *errors)
{
	char *text;

	if (!errors->stderr_before)
		return NULL;
	fclose(stderr);
	stderr = errors->stderr_before;
	text = errors->text;
	*errors = (struct json_errors){};
	return text;
}

void json_errors_end(struct json_errors *errors, enum exit_status status, bool answered)
{
	cleanup(freep) char *text = NULL;
	cleanup(json_decrefp) json_t *encoded = NULL;

	text = json_errors_take(errors);
	if (!text || !*text)
		return;
	fputs(text, stderr);
	if (answered || status == EXIT_DONE)
		return;
	encoded = encode(status, text);
	show_json(encoded);
}
