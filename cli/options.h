#pragma once

#include "cli/verbs.h"

/* The options of every verb; ends with a row without a name. */
extern const struct option_row global_options[];

/*
 * Reads the command line: the verb, its options into `request` (zeroed, of the method's size), the
 * global ones and the operand into `ret`. EXIT_DONE to go on; `*ret_ended`: all is said already, as
 * after --help.
 */
enum exit_status options_parse(int argc, char **argv, const struct verb **ret_verb,
			       struct invocation *ret, void **ret_request, bool *ret_ended);
