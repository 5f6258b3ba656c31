// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#define SD_JOURNAL_SUPPRESS_LOCATION /* it would always be this file */
#include "base/log.h"

#include "base/cleanup.h"
#include "base/format.h"
#include "base/log-events.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

/*
 * systemd names the file of the journal in a variable, which is inherited although stderr may have changed
 * since.
 */
static bool is_journal(void)
{
	const char *stream = getenv("JOURNAL_STREAM");
	struct stat status;
	char name[64];

	if (!stream || fstat(STDERR_FILENO, &status) < 0)
		return false;
	snprintf(name, sizeof(name), "%ju:%ju", (uintmax_t)status.st_dev, (uintmax_t)status.st_ino);
	return !strcmp(stream, name);
}

static void write_line(enum log_level level, const char *line)
{
	if (is_journal())
		fprintf(stderr, "<%d>%s\n", level, line);
	else
		fprintf(stderr, "xdpd: %s\n", line);
}

void log_line(enum log_level level, const char *format, ...)
{
	cleanup(freep) char *line = NULL;
	cleanup(freep) char *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	line = format_text(format, arguments);
	va_end(arguments);
	safe = line ? printable_lines(line) : NULL;
	if (safe)
		write_line(level, safe);
}

void log_fields_add(struct log_fields *fields, const char *format, ...)
{
	cleanup(freep) char *text = NULL;
	va_list arguments;
	char **longer;

	va_start(arguments, format);
	text = format_text(format, arguments);
	va_end(arguments);
	longer = reallocarray(fields->items, fields->n_items + 1, sizeof(*longer));
	if (longer)
		fields->items = longer;
	if (longer && text)
		fields->items[fields->n_items++] = steal(text);
}

void log_fields_done(struct log_fields *fields)
{
	while (fields->n_items > 0)
		free(fields->items[--fields->n_items]);
	free(fields->items);
	*fields = (struct log_fields){};
}

static struct iovec text_part(const char *text)
{
	return (struct iovec){ (char *)text, strlen(text) };
}

static bool send_to_journal(enum log_event event, const struct log_fields *fields, const char *line)
{
	const struct log_fields none = {};
	cleanup(log_fields_done) struct log_fields own = {};
	cleanup(freep) struct iovec *parts = NULL;
	size_t n_parts = 0;

	fields = fields ?: &none;
	log_fields_add(&own, "MESSAGE=%s", line);
	log_fields_add(&own, "PRIORITY=%d", log_event_level(event));
	log_fields_add(&own, "MESSAGE_ID=%s", log_event_id(event));
	parts = calloc(own.n_items + fields->n_items + 1, sizeof(*parts));
	if (!parts)
		return false;
	for (size_t i = 0; i < own.n_items; i++)
		parts[n_parts++] = text_part(own.items[i]);
	for (size_t i = 0; i < fields->n_items; i++)
		parts[n_parts++] = text_part(fields->items[i]);
	return sd_journal_sendv(parts, n_parts) >= 0;
}

void log_event(enum log_event event, const struct log_fields *fields, const char *format, ...)
{
	cleanup(freep) char *line = NULL;
	cleanup(freep) char *safe = NULL;
	va_list arguments;

	va_start(arguments, format);
	line = format_text(format, arguments);
	va_end(arguments);
	if (!line)
		return;
	safe = printable(line);
	if (safe && (!is_journal() || !send_to_journal(event, fields, safe)))
		write_line(log_event_level(event), safe);
}
