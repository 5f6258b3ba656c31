// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/*
 * Continues as that helper program, with the same arguments: the one beside this program's own file (in a
 * build), otherwise the installed one. Returns only if none can be started, and has printed the reason.
 */
enum exit_status exec_helper(const char *name, char **argv);
