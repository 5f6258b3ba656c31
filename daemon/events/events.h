// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/log.h"

#include <stdint.h>
#include <sys/queue.h>

/*
 * The only place through which all events of the daemon pass: it logs those of a logged kind, and passes all
 * of them to the listeners. Only for the event loop.
 */
struct events;

struct event {
	uint64_t number; /* of the event, one more than that of the event before */
	uint64_t time;	 /* CLOCK_REALTIME in microseconds */
	enum log_event kind;
	const char *sentence;		 /* one line, printable */
	const struct log_fields *fields; /* "NAME=value", as in the journal; never NULL */
};

/* `heard` must not report events, and must not add or remove listeners. */
struct event_listener {
	LIST_ENTRY(event_listener) entry;
	void (*heard)(void *userdata, const struct event *event);
	void *userdata;
};

/* Creates the place that events are reported to. -ENOMEM. */
int events_new(struct events **ret, struct error *error);

/* Removes all listeners and frees the struct. NULL is fine. */
void events_drop(struct events **events);

/* Adds a listener. It must outlive the events, or be removed before. */
void events_listen(struct events *events, struct event_listener *listener);
void events_ignore(struct event_listener *listener);

/*
 * For an event that is sent to one listener only: sets the time, and the number of the latest event that was
 * reported.
 */
void event_stamp(const struct events *events, struct event *event);

/* Logs the event if its kind is logged, and passes it to all listeners. `fields` may be NULL. */
void events_report(struct events *events, enum log_event kind, const struct log_fields *fields,
		   const char *format, ...) __attribute__((format(printf, 4, 5)));

/* The same about one device, in that network namespace, or in the daemon's own (NULL); NULL: about no device. */
void events_report_device(struct events *events, enum log_event kind, const char *ifname,
			  const char *netns, const char *format, ...)
	__attribute__((format(printf, 5, 6)));
