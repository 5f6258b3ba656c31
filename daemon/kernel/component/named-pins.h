#pragma once

#include "daemon/kernel/component/opened.h"

/*
 * Maps that ask to be pinned by their name (LIBBPF_PIN_BY_NAME), in the bpffs itself, as libbpf does it: what has the
 * name already is used, if it has the same definition; else the new map gets the name.
 */

/* Has the object use those that are there. Errors: KernelRefused, also for one of another definition. */
int named_pins_use(struct opened *opened, const char *map_root, const struct component_spec *spec,
		   struct error *error);

/*
 * Pins the new maps of the loaded object, and adds the pins to `added`, so that they can be taken back.
 * Errors: KernelRefused.
 */
int named_pins_add(const struct opened *opened, const char *map_root,
		   const struct component_spec *spec, struct strings *added, struct error *error);
