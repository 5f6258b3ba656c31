#define _GNU_SOURCE
#include "daemon/events/events.h"

#include "base/cleanup.h"
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

static uint64_t now(void)
{
	struct timespec time;

	clock_gettime(CLOCK_REALTIME, &time);
	return (uint64_t)time.tv_sec * 1000000 + time.tv_nsec / 1000;
}

void event_stamp(const struct events *events, struct event *event)
{
	event->number = events->count;
	event->time = now();
}

void events_report(struct events *events, enum log_event kind, const struct log_fields *fields,
		   const char *format, ...)
{
	static const struct log_fields none;
	cleanup(freep) char *sentence = NULL;
	cleanup(freep) char *safe = NULL;
	struct event_listener *listener;
	struct event event;
	va_list arguments;

	va_start(arguments, format);
	if (vasprintf(&sentence, format, arguments) < 0)
		sentence = NULL;
	va_end(arguments);
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

void events_report_device(struct events *events, enum log_event kind, const char *ifname,
			  const char *sentence)
{
	cleanup(log_fields_done) struct log_fields fields = {};

	if (ifname)
		log_fields_add(&fields, "DEVICE=%s", ifname);
	events_report(events, kind, &fields, "%s", sentence);
}
