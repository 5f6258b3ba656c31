#pragma once

#include "daemon/state/device.h"
#include "daemon/state/registry.h"

/*
 * Where others find the maps of components: MAPS/DEVICE/COMPONENT/MAP, those of a policy:
 * MAPS/DEVICE/@policy/MAP, and for devices of another network namespace MAPS/@NAME/DEVICE and so on. In these names whatever is no letter, digit, '_' or
 * '-' is %XX, as in URLs. They keep nothing alive that a component does not. What a change concerns
 * is made right with it, and all of them when a device comes, the daemon starts, or 'verify --repair'
 * is asked for. A pin has the owner and the mode that were said of its component, and is never there
 * without them. What is not said is root's, until somebody changes it by hand: then so is what takes its
 * place.
 */

/* The path of a map's pin, of a component of the device or its policy; to be freed. NULL: no memory. */
char *map_pins_path(const struct pin_directories *directories, const struct device *device,
		    const struct entry *entry, const char *map);

/*
 * Pins the maps of the chain's components there, and takes away what is not one of these. What it has in
 * common with `before`, whose pins are there, is not looked at; NULL: nothing is known to be there.
 */
int map_pins_update(const struct pin_directories *directories, const char *netns_path,
		    const char *ifname, const struct chain *chain, const struct chain *before,
		    struct error *error);

/* Takes away all pins of the device. */
void map_pins_remove(const struct pin_directories *directories, const char *netns_path,
		     const char *ifname);

/* Does the device have that place? An absent one may have a name that another one has now. */
bool map_pins_belong_to(const struct registry *registry, const struct device *device);

/* The first map of the chain that is not there as it should be, to be freed; NULL: all are. */
char *map_pins_find_missing(const struct pin_directories *directories, const struct device *device);

/* All of that for every device, and takes away what is of none. */
void map_pins_update_all(const struct registry *registry,
			 const struct pin_directories *directories);
