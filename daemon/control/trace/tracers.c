// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/trace/tracers.h"

#include "base/cleanup.h"
#include "daemon/control/transaction/manager.h"
#include "daemon/loop/timer.h"

#include <stdlib.h>
#include <string.h>

void tracer_release(struct tracer **p)
{
	struct tracer *tracer = steal(*p);

	if (!tracer || --tracer->holders > 0)
		return;
	timer_drop(&tracer->timer);
	tracer_options_done(&tracer->options);
	ring_buffers_done(&tracer->buffers);
	free(tracer);
}

void tracer_leave(struct tracer *tracer)
{
	struct tracers *tracers = steal(tracer->tracers);
	struct device *device;

	if (!tracers)
		return;
	LIST_REMOVE(tracer, entry);
	timer_stop(tracer->timer);
	device = registry_find_number(&tracers->manager->registry, tracer->number);
	if (device)
		device->twin_is_stale = true;
}

void tracer_fail(struct tracer *tracer, const char *sentence, const struct error *error)
{
	if (!tracer->tracers)
		return;
	tracer_leave(tracer);
	tracer->events->ended(tracer->userdata, sentence, error);
	tracer_release(&tracer);
}

/* False: it has that name, or there is no memory for it now. */
static bool take_name(struct tracer *tracer, const char *ifname)
{
	char *copy = strcmp(tracer->options.ifname, ifname) ? strdup(ifname) : NULL;

	if (!copy)
		return false;
	free(tracer->options.ifname);
	tracer->options.ifname = copy;
	return true;
}

void tracer_note_name(struct tracer *tracer, const char *ifname)
{
	if (tracer->begun && take_name(tracer, ifname))
		tracer->events->renamed(tracer->userdata, ifname);
}

void tracer_note(struct tracer *tracer, const struct trace_view *view)
{
	if (!tracer->tracers || (tracer->begun && tracer->generation == view->generation))
		return;
	if (!tracer->begun && tracer->options.seconds)
		timer_set_relative(tracer->timer, tracer->options.seconds * 1000000ull);
	tracer->begun = true;
	tracer->generation = view->generation;
	take_name(tracer, view->ifname);
	tracer->events->changed(tracer->userdata, view, &tracer->buffers);
}

size_t tracers_count(const struct tracers *tracers, uint64_t number)
{
	const struct tracer *tracer;
	size_t n = 0;

	LIST_FOREACH(tracer, &tracers->list, entry)
	n += tracer->number == number;
	return n;
}

size_t tracers_hold(struct tracers *tracers, uint64_t number, struct tracer **ret)
{
	struct tracer *tracer;
	size_t n = 0;

	LIST_FOREACH(tracer, &tracers->list, entry)
	{
		if (tracer->number != number)
			continue;
		tracer->holders++;
		ret[n++] = tracer;
	}
	return n;
}
