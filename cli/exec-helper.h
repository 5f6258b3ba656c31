#pragma once

#include "cli/verb.h"

/*
 * Goes on as that helper program, with the same arguments: the one beside this program's own file, as
 * in the directory of a build, or else the installed one. Returns only if there is none that can be
 * started, and has said so.
 */
enum exit_status exec_helper(const char *name, char **argv);
