// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* Their numbers for getopt_long(3), after all letters; a verb's own options follow. */
enum { GLOBAL_JSON = 256, GLOBAL_SOCKET, GLOBAL_HELP, GLOBAL_VERSION, VERB_FIRST };

/* The options of every verb; ends with a row without a name. */
extern const struct option_row global_options[];
