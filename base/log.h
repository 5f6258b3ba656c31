#pragma once

#include <stddef.h>

/*
 * One line for whoever runs the daemon: to stderr, with the priority in front where the journal
 * reads it (sd-daemon(3)). For main and service; what is below them returns errors.
 */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

void log_line(enum log_level level, const char *format, ...) __attribute__((format(printf, 2, 3)));

#define log_error(...)	 log_line(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_line(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_info(...)	 log_line(LOG_LEVEL_INFO, __VA_ARGS__)

/*
 * What one may want to look for in the journal. Each has a MESSAGE_ID (log.c), which never changes,
 * and an explanation by it in systemd/xdpd.catalog.
 */
enum log_event {
	LOG_EVENT_CHANGED,	  /* a client changed something */
	LOG_EVENT_REFUSED,	  /* a client has no right to what it asked for */
	LOG_EVENT_NOT_CHANGED,	  /* a change of a client was refused, or failed */
	LOG_EVENT_LIMITED,	  /* a client met one of the limits */
	LOG_EVENT_RELOADED,	  /* the configuration was read again */
	LOG_EVENT_NOT_RELOADED,	  /* it was, is wrong, and the one before is kept */
	LOG_EVENT_PUT_BACK,	  /* a change that nobody confirmed in time was undone */
	LOG_EVENT_NOT_PUT_BACK,	  /* it cannot be, so far */
	LOG_EVENT_TAKEN_OFF,	  /* somebody took our program off a device by force */
	LOG_EVENT_DAMAGED,	  /* a file of the state could not be used */
	LOG_EVENT_RESTORED,	  /* a device was restored from the copy of its record */
	LOG_EVENT_UNKNOWN,	  /* a device runs a chain that cannot be known */
	LOG_EVENT_NO_BACKUP_PINS, /* the manager holds no second set of pins */
	LOG_EVENT_STUCK,	  /* a change takes too long */
	LOG_EVENT_NOT_RUNNING,	  /* a device does not run what is wanted on it */
	LOG_EVENT_UNTRUSTED,	  /* an object that runs is not signed by a trusted key */
	LOG_EVENT_COUNT
};

/*
 * How layers that log nothing themselves tell of such an event: the sentence says all there is to say.
 * `device` is its name; NULL: it is about none, or several.
 */
typedef void (*log_report)(enum log_event event, const char *device, const char *sentence);

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

const char *log_event_id(enum log_event event);
