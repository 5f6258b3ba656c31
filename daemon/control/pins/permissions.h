// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/map-permissions.h"
#include "daemon/kernel/bpffs/pin-directories.h"

/* Who may open a pin, in bpffs: `name` is a path from the directory, as with openat(2). */
struct pin_permissions {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* False: no pin has that name. */
bool pin_permissions_read(int directory, const char *name, struct pin_permissions *ret);

/*
 * The permissions that were set; parts that were not set stay as an administrator changed them by hand on
 * the pin of that name, or are root's.
 */
struct pin_permissions pin_permissions_wanted(const struct map_permissions *permissions,
					      int directory, const char *name);

/* Does the pin exist, with these permissions? */
bool pin_permissions_is(int directory, const char *name, const struct pin_permissions *access);

/*
 * Sets them on a pin that only root can open yet, with the `helper` where the daemon may not change owners
 * (pin-owner.h). Returns a negative errno on failure; then a part may be done.
 */
int pin_permissions_set(const char *helper, int directory, const char *name,
			const struct pin_permissions *access);

/* Sets the error for `number`, the errno of pin_permissions_set(), and returns it. */
int pin_permissions_refuse(const char *what, const struct map_permissions *permissions, int number,
			   struct error *error);

/*
 * Prepares in `*ret` the permissions that a change sets for the maps of a component, with the numbers of
 * users and groups. Before anything is built, tries on a probe in the directory of map pins whether the
 * daemon may set such permissions. Errors: InvalidArgument for an unknown user or group; Unsupported if the daemon may not
 * set them, or the kernel cannot.
 */
int pin_permissions_prepare(const struct pin_directories *directories,
			    const struct map_permissions *said, struct map_permissions *ret,
			    struct error *error);
