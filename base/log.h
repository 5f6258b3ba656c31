// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/log-events.h"

#include <stddef.h>

/*
 * Prints one line for the operator on stderr, with the priority in front where the journal reads it
 * (sd-daemon(3)). For main() and service/; the layers below return errors.
 */
void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_LEVEL_INFO, __VA_ARGS__)

/* "NAME=value" for the journal; a name may occur several times. */
struct log_fields {
	size_t n_items;
	char **items;
};

/* When memory runs out, the field is omitted. */
void log_fields_add(struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 2, 3)));
void log_fields_done(struct log_fields *fields);

/*
 * Logs the sentence, which must be complete without the fields. Where stderr is the journal, it gets the
 * fields (which may be NULL), too. The sentence stays one line, and cannot control a terminal, whatever names
 * from outside it contains (base/printable.h).
 */
void log_event(enum log_event event, const struct log_fields *fields, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
