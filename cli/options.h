#pragma once

#include "cli/verb.h"

/*
 * The place of the first word that is no option, argc if there is none: before the verb only the global
 * options are known.
 */
int options_find_word(int argc, char *const *argv);

/* The verb of the command line. EXIT_DONE: `*ret` is it, or NULL where none is said. */
enum exit_status options_find_verb(int argc, char **argv, const struct verb **ret);

/*
 * Reads the command line of that verb, or of none: its options into `request` (zeroed, of the
 * method's size), the global ones and the operands into `ret`. EXIT_DONE to go on; `*ret_ended`: all
 * is said already, as after --help.
 */
enum exit_status options_parse(int argc, char **argv, const struct verb *verb,
			       struct invocation *ret, void **ret_request, bool *ret_ended);
