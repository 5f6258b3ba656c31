#pragma once

#include "base/error.h"
#include "base/log.h"

#include <stdint.h>
#include <sys/queue.h>

/*
 * The one place that all events of the daemon go through: to the log those that are logged, and to
 * whoever listens all of them. On the loop only.
 */
struct events;

struct event {
	uint64_t number; /* rises by one with each event of this daemon */
	uint64_t time;	 /* CLOCK_REALTIME in microseconds */
	enum log_event kind;
	const char *sentence;		 /* one line, printable */
	const struct log_fields *fields; /* "NAME=value", as in the journal; never NULL */
};

/* `heard` must not report events, and must not make anybody listen or stop listening. */
struct event_listener {
	LIST_ENTRY(event_listener) entry;
	void (*heard)(void *userdata, const struct event *event);
	void *userdata;
};

/* -ENOMEM. */
int events_new(struct events **ret, struct error *error);

/* Nobody listens any longer. NULL is fine. */
void events_drop(struct events **events);

/* The listener must outlive the events, or stop listening before. */
void events_listen(struct events *events, struct event_listener *listener);
void events_ignore(struct event_listener *listener);

/* For an event that only one listener is told: the time, and the number of the latest event of all. */
void event_stamp(const struct events *events, struct event *event);

/* Logs the event, if its kind is logged, and hands it to all who listen. `fields` may be NULL. */
void events_report(struct events *events, enum log_event kind, const struct log_fields *fields,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same about one device; NULL: about none. */
void events_report_device(struct events *events, enum log_event kind, const char *ifname,
			  const char *format, ...) __attribute__((format(printf, 4, 5)));
