// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/events/events.h"

#include "base/cleanup.h"
#include "base/clock.h"
#include "base/format.h"
#include "base/printable.h"

#include <stdarg.h>
#include <stdio.h>
#include <time.h>

struct events {
	uint64_t count;
	LIST_HEAD(, event_listener) listeners;
};

int events_new(struct events **ret, struct error *error)
{
	struct events *events = calloc(1, sizeof(*events));

	if (!events)
		return error_memory(error);
	LIST_INIT(&events->listeners);
	*ret = events;
	return 0;
}

void events_drop(struct events **p)
{
	free(steal(*p));
}

void events_listen(struct events *events, struct event_listener *listener)
{
	LIST_INSERT_HEAD(&events->listeners, listener, entry);
}

void events_ignore(struct event_listener *listener)
{
	LIST_REMOVE(listener, entry);
}

void event_stamp(const struct events *events, struct event *event)
{
	event->number = events->count;
	event->time = clock_usec(CLOCK_REALTIME);
}

__attribute__((format(printf, 4, 0))) static void report(struct events *events, enum log_event kind,
							 const struct log_fields *fields,
							 const char *format, va_list arguments)
{
	static const struct log_fields none;
	cleanup(freep) char *sentence = NULL;
	cleanup(freep) char *safe = NULL;
	struct event_listener *listener;
	struct event event;

	sentence = format_text(format, arguments);
	safe = sentence ? printable(sentence) : NULL;
	if (log_event_id(kind))
		log_event(kind, fields, "%s", sentence ?: "out of memory");
	event = (struct event){ .kind = kind,
				.sentence = safe ?: "out of memory",
				.fields = fields ?: &none };
	events->count++;
	event_stamp(events, &event);
	LIST_FOREACH(listener, &events->listeners, entry)
	{
		listener->heard(listener->userdata, &event);
	}
}

void events_report(struct events *events, enum log_event kind, const struct log_fields *fields,
		   const char *format, ...)
{
	va_list arguments;

	va_start(arguments, format);
	report(events, kind, fields, format, arguments);
	va_end(arguments);
}

void events_report_device(struct events *events, enum log_event kind, const char *ifname,
			  const char *netns, const char *format, ...)
{
	cleanup(log_fields_done) struct log_fields fields = {};
	va_list arguments;

	if (ifname)
		log_fields_add(&fields, "DEVICE=%s", ifname);
	if (ifname && netns)
		log_fields_add(&fields, "NETNS=%s", netns);
	va_start(arguments, format);
	report(events, kind, &fields, format, arguments);
	va_end(arguments);
}
