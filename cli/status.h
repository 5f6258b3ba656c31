// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* Other views of the reply of Status. */

/* The devices in an order for people: by namespace, the daemon's own first, and by name, v2 before v10. */
json_t *status_sort(const json_t *devices);

/* Prints one line per device. */
void status_show_brief(const json_t *devices);

/* Prints what few users need of a component: ids, and the origin of its program. */
void status_show_details(const json_t *component);
