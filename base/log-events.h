// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>

/* The levels of sd-daemon(3). */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

/*
 * What happens in the daemon. Each event has a name, by which 'xdpctl monitor' reports it. Events that an
 * operator may search for in the journal also have a MESSAGE_ID (log-events.c), which never changes, and an
 * explanation under this id in systemd/xdpd.catalog. docs/observability.md explains all of them.
 */
enum log_event {
	LOG_EVENT_CHANGED,	   /* a client changed something */
	LOG_EVENT_REFUSED,	   /* a client has no right to call the method */
	LOG_EVENT_NOT_CHANGED,	   /* a change of a client was refused, or failed */
	LOG_EVENT_LIMITED,	   /* a client exceeded one of the limits */
	LOG_EVENT_RELOADED,	   /* the configuration was reloaded */
	LOG_EVENT_NOT_RELOADED,	   /* it could not be reloaded, and the previous one is kept */
	LOG_EVENT_ROLLED_BACK,	   /* a change that was not confirmed in time was rolled back */
	LOG_EVENT_NOT_ROLLED_BACK, /* it cannot be rolled back so far */
	LOG_EVENT_DETACHED,	   /* the XDP program of a device was detached from outside xdpd */
	LOG_EVENT_DAMAGED,	   /* a state file could not be used */
	LOG_EVENT_RESTORED,	   /* a device was restored from the copy of its record */
	LOG_EVENT_UNKNOWN,	   /* a device runs a chain without a readable record */
	LOG_EVENT_NO_BACKUP_PINS,  /* systemd does not hold a complete second set of pins */
	LOG_EVENT_STUCK,	   /* a change takes too long */
	LOG_EVENT_NOT_RUNNING,	   /* a device does not run what is wanted on it */
	LOG_EVENT_EXPIRED,	   /* a component was detached because its client disconnected */
	LOG_EVENT_NOT_EXPIRED,	   /* it cannot be detached so far */
	LOG_EVENT_UNTRUSTED,	   /* an object that runs is not signed by a trusted key */
	LOG_EVENT_TRACED,	   /* a client sees packets of a device */
	LOG_EVENT_TRACE_ENDED,	   /* it no longer does */
	/* The following events are reported by 'xdpctl monitor' only: */
	LOG_EVENT_LISTENING,   /* the first event that a client gets: it gets all events after it */
	LOG_EVENT_LOST,	       /* a client did not read in time, and missed events */
	LOG_EVENT_SWAPPED,     /* a device runs a new generation */
	LOG_EVENT_FUSED,       /* that generation is the same chain as one program */
	LOG_EVENT_NOT_FUSED,   /* a chain cannot become one program */
	LOG_EVENT_RELEASED,    /* xdpd no longer manages a device */
	LOG_EVENT_UNCONFIRMED, /* a change will be rolled back unless it is confirmed */
	LOG_EVENT_CONFIRMED,   /* it was confirmed */
	LOG_EVENT_APPEARED,    /* a device that was absent exists again */
	LOG_EVENT_DISAPPEARED, /* a device no longer exists */
	LOG_EVENT_RENAMED,     /* a device has a new name */
	LOG_EVENT_REATTACHED,  /* the chain is attached again after LOG_EVENT_DETACHED */
	LOG_EVENT_FOREIGN, /* a program that xdpd does not manage prevents a chain from being attached */
	LOG_EVENT_COUNT
};

/* The event's MESSAGE_ID; NULL if the event is not logged. */
const char *log_event_id(enum log_event event);

/* The event's name in reports, such as "swapped". */
const char *log_event_name(enum log_event event);

/* Finds the event of that name; false if there is none, and `*ret` is unchanged. */
bool log_event_find(const char *name, enum log_event *ret);

/* The level of an event that is logged. */
enum log_level log_event_level(enum log_event event);
