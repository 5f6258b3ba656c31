#pragma once

#include "cli/verb.h"

/* Other views of what Status answers. */

/* The devices in the order of people: by namespace, the daemon's own first, and name, v2 before v10. */
json_t *status_sort(const json_t *devices);

/* One line a device. */
void status_show_brief(const json_t *devices);

/* Of one component what most people need not know: ids and where its program came from. */
void status_show_details(const json_t *component);
