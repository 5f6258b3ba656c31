// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/bpffs/pin-directories.h"
#include "daemon/kernel/component/opened.h"

/*
 * Maps that ask to be pinned by their name (LIBBPF_PIN_BY_NAME) in the root of the bpffs, as libbpf does it:
 * if a map of the same definition has the name, it is used; else the new map gets the name.
 */

/*
 * Makes the object use the maps that are pinned there. Errors: KernelRefused, also for a map of another
 * definition.
 */
int named_pins_use(struct opened *opened, const struct pin_directories *directories,
		   const struct component_spec *spec, struct error *error);

/*
 * After a load with maps that are pinned there failed: if the kernel may have refused because one of them
 * holds programs, makes that the sentence of the error. The kernel gives no reason but EINVAL, and does not
 * show what it compares.
 */
void named_pins_explain(const struct opened *opened, const struct pin_directories *directories,
			const struct component_spec *spec, struct error *error);

/*
 * Pins the new maps of the loaded object, and adds the names of the pins to `added`, so that they can be
 * removed again. Errors: KernelRefused.
 */
int named_pins_add(const struct opened *opened, const char *map_root,
		   const struct component_spec *spec, struct strings *added, struct error *error);
