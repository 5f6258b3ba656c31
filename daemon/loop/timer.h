// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <systemd/sd-event.h>
#include <time.h>

/* A timer on the event loop that calls `fire` once each time it is set. A new timer is not set. */
struct timer;

/* `accuracy` is in microseconds; 0 is sd-event's default. `fire` may drop the timer. */
int timer_new(sd_event *loop, clockid_t clock, uint64_t accuracy, void (*fire)(void *userdata),
	      void *userdata, struct timer **ret, struct error *error);
void timer_drop(struct timer **p);

/* Sets when it fires next, in microseconds of its clock, or from now on. */
void timer_set(struct timer *timer, uint64_t usec);
void timer_set_relative(struct timer *timer, uint64_t usec);

/* Sets the timer off; it can be set again. */
void timer_stop(struct timer *timer);

/* The time of its clock when the loop woke up. */
uint64_t timer_now(const struct timer *timer);
