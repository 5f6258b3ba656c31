#pragma once

#include <stdbool.h>

/* As in sd-daemon(3). */
enum log_level {
	LOG_LEVEL_ERROR = 3,
	LOG_LEVEL_WARNING = 4,
	LOG_LEVEL_NOTICE = 5,
	LOG_LEVEL_INFO = 6,
};

/*
 * What happens in the daemon. Each event has a name, by which 'xdpctl monitor' reports it. Those that
 * one may want to look for in the journal have a MESSAGE_ID (log-events.c), too, which never changes, and an
 * explanation by it in systemd/xdpd.catalog. docs/observability.md explains all of them.
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
	/* Reported by 'xdpctl monitor' only: */
	LOG_EVENT_LISTENING,   /* a client listens from here on; the first event that it gets */
	LOG_EVENT_LOST,	       /* a client did not read in time, and missed events */
	LOG_EVENT_SWAPPED,     /* a device runs a new generation */
	LOG_EVENT_FUSED,       /* and that is the same chain as one program */
	LOG_EVENT_NOT_FUSED,   /* a chain cannot be one program */
	LOG_EVENT_RELEASED,    /* a device was given up */
	LOG_EVENT_UNCONFIRMED, /* a change will be rolled back unless it is confirmed */
	LOG_EVENT_CONFIRMED,   /* it was confirmed */
	LOG_EVENT_APPEARED,    /* a device that was absent exists again */
	LOG_EVENT_DISAPPEARED, /* a device is absent now */
	LOG_EVENT_RENAMED,     /* a device has another name */
	LOG_EVENT_REATTACHED,  /* the chain is attached again after LOG_EVENT_TAKEN_OFF */
	LOG_EVENT_FOREIGN,     /* a device cannot run its chain because of a program of others */
	LOG_EVENT_COUNT
};

/* NULL for an event that is not logged. */
const char *log_event_id(enum log_event event);

/* Its name in reports, such as "swapped". */
const char *log_event_name(enum log_event event);

/* The event of that name; false if there is none, and `*ret` is untouched. */
bool log_event_find(const char *name, enum log_event *ret);

/* Of an event that is logged. */
enum log_level log_event_level(enum log_event event);
