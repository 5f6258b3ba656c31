// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/loop/timer.h"

#include "base/cleanup.h"

struct timer {
	sd_event_source *source;
	clockid_t clock;
	void (*fire)(void *userdata);
	void *userdata;
};

static int fired(sd_event_source *source, uint64_t usec, void *userdata)
{
	struct timer *timer = userdata;

	(void)source;
	(void)usec;
	timer->fire(timer->userdata);
	return 0;
}

int timer_new(sd_event *loop, clockid_t clock, uint64_t accuracy, void (*fire)(void *userdata),
	      void *userdata, struct timer **ret, struct error *error)
{
	cleanup(timer_drop) struct timer *timer = calloc(1, sizeof(*timer));
	int result;

	if (!timer)
		return error_memory(error);
	timer->clock = clock;
	timer->fire = fire;
	timer->userdata = userdata;
	result = sd_event_add_time(loop, &timer->source, clock, 0, accuracy, fired, timer);
	if (result >= 0)
		result = sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
	if (result < 0)
		return error_set(error, ERROR_INTERNAL, result, "cannot create a timer: %s",
				 errno_name(result));
	*ret = steal(timer);
	return 0;
}

void timer_drop(struct timer **p)
{
	struct timer *timer = steal(*p);

	if (!timer)
		return;
	sd_event_source_disable_unref(timer->source);
	free(timer);
}

void timer_set(struct timer *timer, uint64_t usec)
{
	sd_event_source_set_time(timer->source, usec);
	sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
}

void timer_set_relative(struct timer *timer, uint64_t usec)
{
	sd_event_source_set_time_relative(timer->source, usec);
	sd_event_source_set_enabled(timer->source, SD_EVENT_ONESHOT);
}

void timer_stop(struct timer *timer)
{
	sd_event_source_set_enabled(timer->source, SD_EVENT_OFF);
}

uint64_t timer_now(const struct timer *timer)
{
	uint64_t usec;

	sd_event_now(sd_event_source_get_event(timer->source), timer->clock, &usec);
	return usec;
}
