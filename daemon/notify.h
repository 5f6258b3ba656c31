#pragma once

#include "daemon/control/control.h"

/* What the service manager is told, where there is one: sd_notify(3). */
struct notify;

/*
 * Says that the daemon is ready. From then on the loop feeds the watchdog, if one is asked for, and
 * the manager's status line follows what `control` holds; `control` must outlive it.
 */
int notify_new(sd_event *loop, const struct control *control, struct notify **ret,
	       struct error *error);

/* Says that the daemon stops. NULL is fine. */
void notify_drop(struct notify **notify);

/*
 * Around the reading of what can change while the daemon runs. `why` says what kept it from being
 * read, and stays in the status line until it was; NULL: it was.
 */
void notify_reload_begin(void);
void notify_reload_end(struct notify *notify, const char *why);
