// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"

/*
 * Where other programs find the maps of components: MAPS/DEVICE/COMPONENT/MAP, those of a policy:
 * MAPS/DEVICE/@policy/MAP, and for devices of another network namespace MAPS/@NAME/DEVICE and so on. In
 * these names every character that is not a letter, digit, '_' or '-' is %XX, as in URLs. These pins keep
 * only maps alive that a component keeps alive, too.
 *
 * A change corrects the pins of its components. All pins are corrected when a device appears, when the
 * daemon starts, and by 'verify --repair'.
 *
 * A pin has the owner and the mode that were set for its component, and never exists without them. Parts
 * that were not set are root's until an administrator changes them by hand; a pin that replaces it keeps
 * them.
 */

/*
 * The path of a map's pin, of a component of the device or of its policy; to be freed. NULL: no memory.
 */
char *map_pins_path(const struct pin_directories *directories, const struct device *device,
		    const struct entry *entry, const char *map);

/*
 * Pins the maps of the chain's components, and removes other pins of the device. Pins that exist for maps of
 * the chain `before` as well are not checked; NULL: nothing is known about the pins.
 */
int map_pins_update(const struct pin_directories *directories, const char *netns_path,
		    const char *ifname, const struct chain *chain, const struct chain *before,
		    struct error *error);

/* Removes all pins of the device. */
void map_pins_remove(const struct pin_directories *directories, const char *netns_path,
		     const char *ifname);

/*
 * Do the pins under this name belong to the device? Another device may have the name of an absent one now.
 */
bool map_pins_belong_to(const struct registry *registry, const struct device *device);

/*
 * The name of the first map of the chain whose pin is missing or wrong, to be freed; NULL: all pins are
 * right.
 */
char *map_pins_find_missing(const struct pin_directories *directories, const struct device *device);

/* Updates the pins of every device, and removes pins that belong to no device. */
void map_pins_update_all(const struct registry *registry,
			 const struct pin_directories *directories);
