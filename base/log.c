#define _GNU_SOURCE
#define SD_JOURNAL_SUPPRESS_LOCATION /* it would always be this file */
#include "base/log.h"

#include "base/cleanup.h"
#include "base/printable.h"

#include <assert.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <systemd/sd-journal.h>

static const struct {
	const char *id;
	enum log_level level;
} events[] = {
	[LOG_EVENT_CHANGED] = { "dd0147e0151a4bd4af5b4f20fa6d2b9e", LOG_LEVEL_NOTICE },
	[LOG_EVENT_REFUSED] = { "31eb88959ee94c6187d4af9d51d85153", LOG_LEVEL_WARNING },
	[LOG_EVENT_NOT_CHANGED] = { "cdb7db733e824c37b284512aae1e20c7", LOG_LEVEL_NOTICE },
	[LOG_EVENT_LIMITED] = { "0db5e9f409444bcda0d1c21979611a18", LOG_LEVEL_WARNING },
	[LOG_EVENT_RELOADED] = { "6309de92437545eb9aeb4e788c8eb0ec", LOG_LEVEL_NOTICE },
	[LOG_EVENT_NOT_RELOADED] = { "b3af7e1b78d642e2b50e1b2e606ee335", LOG_LEVEL_ERROR },
	[LOG_EVENT_PUT_BACK] = { "21f6050fbce4499b893fd5ee9f246659", LOG_LEVEL_WARNING },
	[LOG_EVENT_NOT_PUT_BACK] = { "53f7c673a96a4f23b4636d16e26deb2b", LOG_LEVEL_ERROR },
	[LOG_EVENT_TAKEN_OFF] = { "9c31636617f0428582a6070d4330eebf", LOG_LEVEL_WARNING },
	[LOG_EVENT_DAMAGED] = { "5c2b5a29c10048fca535df35ed29428c", LOG_LEVEL_WARNING },
	[LOG_EVENT_RESTORED] = { "bc282066a1564cd5965181421c9a3e46", LOG_LEVEL_WARNING },
	[LOG_EVENT_UNKNOWN] = { "ada2c4a2bed64bd5821d530f3523f3f1", LOG_LEVEL_ERROR },
	[LOG_EVENT_STUCK] = { "8f4c1f7e0d5b4c61a2f3c9d7b6e05a18", LOG_LEVEL_ERROR },
	[LOG_EVENT_NOT_RUNNING] = { "a6c9b2b6182944d4afa64ec7b13b48eb", LOG_LEVEL_ERROR },
	[LOG_EVENT_UNTRUSTED] = { "c9f2d3ab85e64b0f9a17d7c0e4b85f16", LOG_LEVEL_WARNING },
	[LOG_EVENT_NO_BACKUP_PINS] = { "319ae4a6117341619d3502bea76c2589", LOG_LEVEL_WARNING },
};
static_assert(array_size(events) == LOG_EVENT_COUNT, "every event has an id");

const char *log_event_id(enum log_event event)
{
	return events[event].id;
}

/* systemd says which file is the journal; the variable is inherited, stderr may be another since. */
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

static char *format_text(const char *format, va_list arguments)
{
	char *text;

	return vasprintf(&text, format, arguments) < 0 ? NULL : text;
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
	log_fields_add(&own, "PRIORITY=%d", events[event].level);
	log_fields_add(&own, "MESSAGE_ID=%s", events[event].id);
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
		write_line(events[event].level, safe);
}
