#pragma once

#include "daemon/events/events.h"

#include <jansson.h>

/* The event as Monitor replies it: {"event": {...}}. A new reference; NULL: no memory. */
json_t *event_encode(const struct event *event);

/* The values of the fields of that name, one after the other; NULL after the last. `*position` is 0 at first. */
const char *event_field_next(const struct event *event, const char *name, size_t *position);
