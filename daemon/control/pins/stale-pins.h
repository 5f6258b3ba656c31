// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/pins/orphans.h"
#include "daemon/kernel/netdev-search.h"
#include "daemon/state/registry.h"

/*
 * Passes each pin that nothing needs, for example after a crash, to a visitor: as a name in the directory
 * `place`, one of `directories`.
 */
typedef void (*stale_pin_visit)(const char *place, const char *name, void *userdata);
void stale_pins_find(const struct registry *registry, const struct orphans *orphans,
		     const struct pin_directories *directories, stale_pin_visit visit,
		     void *userdata);

/* Removes these pins. */
void stale_pins_remove(const struct registry *registry, const struct orphans *orphans,
		       const struct pin_directories *directories);
