// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/global-options.h"

#include "base/cleanup.h"
#include "ipc/interface.h"

#include <assert.h>

/* In the order of the numbers in global-options.h. */
const struct option_row global_options[] = {
	{ "json", NULL, NULL, "print the reply, or the error, as one line of JSON", 'j' },
	{ "socket", "PATH", NULL, "path of the daemon's socket (default: " INTERFACE_SOCKET ")" },
	{ "help", NULL, NULL, "print this help", 'h' },
	{ "version", NULL, NULL, "print the version", 'V' },
	{},
};
static_assert(array_size(global_options) - 1 == VERB_FIRST - GLOBAL_JSON,
	      "every global option has a number");
