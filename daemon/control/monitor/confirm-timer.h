// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/* When unconfirmed changes are rolled back: one timer for all of them. */
struct confirm_timer;

/* `over` is called on the loop when confirm_timer_overdue() may return a change. */
int confirm_timer_new(sd_event *loop, void (*over)(void *userdata), void *userdata,
		      struct confirm_timer **ret, struct error *error);
void confirm_timer_drop(struct confirm_timer **confirm_timer);

/* How many changes must be rolled back now. Sets the timer for the next of the others. */
size_t confirm_timer_overdue(struct confirm_timer *confirm_timer, const struct registry *registry);

/*
 * The change that was due could not be rolled back, so it is tried again a little later. Was this the first
 * attempt?
 */
bool confirm_timer_retry(const struct registry *registry, const struct error *error);
