#pragma once

#include "daemon/chain/map-permissions.h"

/* Who may open a pin, in bpffs: `name` is a path from the directory, as with openat(2). */
struct pin_permissions {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* False: no pin has that name. */
bool pin_permissions_read(int directory, const char *name, struct pin_permissions *ret);

/* What was set; else what an administrator made of the pin of that name by hand, or root alone. */
struct pin_permissions pin_permissions_wanted(const struct map_permissions *permissions,
					      int directory, const char *name);

/* Does the pin exist, with these permissions? */
bool pin_permissions_is(int directory, const char *name, const struct pin_permissions *access);

/* For a pin that only root can open so far. A negative errno; it may be half done. */
int pin_permissions_set(int directory, const char *name, const struct pin_permissions *access);

/* The sentence for `number`, the errno of pin_permissions_set(), which is returned. */
int pin_permissions_refuse(const char *what, const struct map_permissions *permissions, int number,
			   struct error *error);

/*
 * `*ret` is what a change says about the maps of a component, with the numbers of users and groups. Before anything is
 * built it is tried, with something else in `directory`, whether the daemon may give pins away like that. Errors:
 * InvalidArgument for a user or group that does not exist; Unsupported if the daemon may not, or the kernel cannot.
 */
int pin_permissions_prepare(const char *directory, const struct map_permissions *said,
			    struct map_permissions *ret, struct error *error);
