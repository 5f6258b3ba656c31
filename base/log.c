#define _GNU_SOURCE
#include "base/log.h"

#include "base/cleanup.h"

#include <stdarg.h>
#include <stdio.h>

void log_line(enum log_level level, const char *format, ...)
{
	cleanup(freep) char *line = NULL;
	va_list arguments;
	int length;

	va_start(arguments, format);
	length = vasprintf(&line, format, arguments);
	va_end(arguments);
	if (length < 0) {
		line = NULL;
		return;
	}
	if (getenv("JOURNAL_STREAM")) /* set by systemd when stderr is the journal */
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "xdpd: %s\n", line);
}
