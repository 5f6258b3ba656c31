#pragma once

#include "base/log-events.h"

#include <stddef.h>

/*
 * One line for whoever runs the daemon: to stderr, with the priority in front where the journal
 * reads it (sd-daemon(3)). For main and service; what is below them returns errors.
 */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_LEVEL_INFO, __VA_ARGS__)

/* "NAME=value" for the journal; a name may be there several times. */
struct log_fields {
	size_t n_items;
	char **items;
};

/* Without memory the field is left out. */
void log_fields_add(struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_fields_done(struct log_fields *fields);

/*
 * Logs the sentence, which says all there is to say, and where stderr is the journal, the fields
 * with it (which may be NULL). It stays one line, and does nothing to a terminal, whatever names others
 * chose (base/printable.h).
 */
void log_event(enum log_event event, const struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
