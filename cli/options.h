// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * The position of the first word that is not an option, or argc: before the verb only the global options are
 * known.
 */
int options_find_word(int argc, char *const *argv);

/* Finds the verb of the command line. EXIT_DONE: `*ret` is the verb, or NULL if there is none. */
enum exit_status options_find_verb(int argc, char **argv, const struct verb **ret);

/*
 * Reads the command line of that verb, or, for NULL, one without a verb: its options into `request` (zeroed,
 * of the method's size), the global options and the operands into `ret`. EXIT_DONE to continue; `*ret_ended`:
 * everything is done already, for example after --help.
 */
enum exit_status options_parse(int argc, char **argv, const struct verb *verb,
			       struct invocation *ret, void **ret_request, bool *ret_ended);
