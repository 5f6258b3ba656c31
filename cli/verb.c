// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/verb.h"

#include "base/cleanup.h"
#include "base/format.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct method *verb_method(const struct verb *verb)
{
	return verb->local ?: &methods[verb->method];
}

const char *option_given(const struct invocation *invocation, const char *name)
{
	const struct option_row *options = invocation->verb->options;

	for (const struct option_row *row = options; row->name; row++)
		if (!row->field && !strcmp(row->name, name))
			return invocation->given[row - options];
	return NULL;
}

enum exit_status usage(const struct verb *verb, const char *format, ...)
{
	cleanup(freep) char *sentence = NULL;
	va_list arguments;

	va_start(arguments, format);
	sentence = format_text(format, arguments);
	va_end(arguments);
	report_error("%s; see 'xdpctl %s%s--help'", sentence ?: "out of memory",
		     verb ? verb->name : "", verb ? " " : "");
	return EXIT_USAGE;
}
