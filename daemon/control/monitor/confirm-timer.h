#pragma once

#include "daemon/state/registry.h"

#include <systemd/sd-event.h>

/* When changes that nobody confirms are put back: one timer for all of them. */
struct countdown;

/* `over` is called on the loop when countdown_overdue() may have something. */
int countdown_new(sd_event *loop, void (*over)(void *userdata), void *userdata,
		  struct countdown **ret, struct error *error);
void countdown_drop(struct countdown **countdown);

/* How many changes are to be put back now; the timer is set for the next of the others. */
size_t countdown_overdue(struct countdown *countdown, const struct registry *registry);

/*
 * The change whose turn it was could not be put back: it is tried again, a little later. Was that the
 * first time?
 */
bool countdown_retry(const struct registry *registry, const struct error *error);
