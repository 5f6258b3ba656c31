// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/control.h"

/* Notifies the service manager, if there is one: sd_notify(3). */
struct notify;

/*
 * Reports that the daemon is ready. From then on the event loop feeds the watchdog, if the manager has asked
 * for one, and keeps the manager's status line current. `control` must outlive the struct.
 */
int notify_new(sd_event *loop, const struct control *control, struct notify **ret,
	       struct error *error);

/* Reports that the daemon stops, and frees the struct. NULL is fine. */
void notify_drop(struct notify **notify);

/*
 * Call these before and after a reload. `why` is the reason why the configuration could not be read; it
 * stays in the status line until a reload succeeds. NULL: the reload succeeded.
 */
void notify_reload_begin(void);
void notify_reload_end(struct notify *notify, const char *why);
