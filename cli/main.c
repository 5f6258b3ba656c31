// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/command.h"
#include "cli/complete.h"

#include <stdio.h>
#include <string.h>

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "--complete")) { /* only for completions/ */
		complete(argc - 2, argv + 2, stdout);
		return flush_output(EXIT_DONE);
	}
	return command(argc, argv, NULL);
}
