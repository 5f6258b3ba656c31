// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/events/events.h"

#include <jansson.h>

/*
 * Encodes the event as a reply of Monitor: {"event": {...}}. Returns a new reference; NULL: no memory.
 */
json_t *event_encode(const struct event *event);

/*
 * Iterates over the values of the fields with that name; NULL after the last. `*position` starts at 0.
 */
const char *event_field_next(const struct event *event, const char *name, size_t *position);
