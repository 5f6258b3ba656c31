// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/help.h"

#include "cli/global-options.h"
#include "cli/verbs.h"

#include <stdio.h>
#include <string.h>

/* Further lines of `help` are printed below the first. */
static void print_lines(const char *left, const char *help)
{
	const char *line_end = strchrnul(help, '\n');

	printf("  %-26s %.*s\n", left, (int)(line_end - help), help);
	if (*line_end)
		print_lines("", line_end + 1);
}

/* Prints "--json, -j". */
static void print_options(const struct option_row *row)
{
	for (; row->name; row++) {
		const char letter[] = { ',', ' ', '-', row->letter, '\0' };
		char left[40];

		snprintf(left, sizeof(left), "--%s%s%s%s", row->name, row->letter ? letter : "",
			 row->argument ? " " : "", row->argument ?: "");
		print_lines(left, row->help);
	}
}

void help_print(const struct verb *verb)
{
	if (!verb) {
		printf("Usage: xdpctl VERB [OPTIONS]\n"
		       "Manage chains of XDP programs on network devices, through xdpd(8).\n"
		       "A change applies to all devices it names, or to none.\n\n");
		for (const struct verb *const *each = verbs; *each; each++)
			printf("  %-26s %s\n", (*each)->name, (*each)->summary);
		printf("\nOptions for every verb:\n");
		print_options(global_options);
		printf("\n'xdpctl VERB --help' and 'xdpctl help VERB' list the options of a "
		       "verb. 'list' and 'show' are\n"
		       "other words for 'status', and 'version' is one for --version.\n"
		       "Exit status: 0 success, 1 refused, 2 usage error, 3 daemon unreachable,\n"
		       "4 changes to make (plan --check). For test --diff: 0 same, 1 different, 2 "
		       "refused.\n");
		return;
	}
	printf("Usage: xdpctl %s", verb->name);
	for (size_t i = 0; i < OPERANDS_MAX && verb->operands[i]; i++)
		printf(" %s", verb->operands[i]);
	printf(" [OPTIONS]%s\n%s\n\n", verb->runs_command ? " [-- COMMAND [ARG...]]" : "",
	       verb->summary);
	print_options(verb->options);
	print_options(global_options);
}

void version_print(void)
{
	printf("xdpctl %s\n", XDPD_VERSION);
}
