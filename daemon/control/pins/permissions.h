#pragma once

#include "daemon/chain/map-permissions.h"

/* Who may open a pin, in bpffs: `name` is a path from the directory, as with openat(2). */
struct map_access {
	uid_t uid;
	gid_t gid;
	mode_t mode;
};

/* False: there is none of that name. */
bool map_access_read(int directory, const char *name, struct map_access *ret);

/* As somebody has said; else as the pin of that name has it, by hand, or root alone. */
struct map_access map_access_wanted(const struct map_permissions *permissions, int directory,
				    const char *name);

/* Is it there, and has it that? */
bool map_access_is(int directory, const char *name, const struct map_access *access);

/* Of what is root's so far, and open to nobody else; a negative errno, and it may be half done. */
int map_access_give(int directory, const char *name, const struct map_access *access);

/* The sentence for `number`, the errno of map_access_give(), which is returned. */
int map_access_refuse(const char *what, const struct map_permissions *permissions, int number,
		      struct error *error);

/*
 * May the daemon give pins away so? Tried with something else in `directory`. Errors: Unsupported, when it
 * may not, or the kernel cannot.
 */
int map_access_try(const char *directory, const struct map_permissions *permissions,
		   struct error *error);
