// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Errors that xdpctl finds itself, as JSON: reports go to stderr as always and, in the form of a daemon's
 * refusal, to stdout. The daemon's errors are already on stdout.
 */
struct json_errors {
	FILE *stderr_before; /* NULL: errors are not collected */
	char *text;
	size_t size;
};

/* Does the command line ask for JSON? It need not be valid. */
bool json_errors_are_wanted(int argc, char *const *argv);

/* Collects what is printed to stderr from now on; without memory it is printed as usual. */
void json_errors_begin(struct json_errors *errors);

/* Ends collecting; returns the reports, to be freed, and prints nothing. */
char *json_errors_take(struct json_errors *errors);

/* `answered`: the error is already on stdout. */
void json_errors_end(struct json_errors *errors, enum exit_status status, bool answered);
