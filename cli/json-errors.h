#pragma once

#include "cli/verb.h"

/*
 * Errors that xdpctl finds itself, as JSON: what is reported meanwhile goes to stderr as always and, in the
 * form of a daemon's refusal, to stdout. Those of the daemon are on stdout already.
 */
struct json_errors {
	FILE *stderr_before; /* NULL: they are not collected */
	char *text;
	size_t size;
};

/* Whether the command line asks for JSON; a wrong one cannot be parsed for that. */
bool json_errors_are_wanted(int argc, char *const *argv);

void json_errors_begin(struct json_errors *errors);

/* `answered`: the error is on stdout already. */
void json_errors_end(struct json_errors *errors, enum exit_status status, bool answered);
