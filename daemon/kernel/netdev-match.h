#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * What tells a device but its name, for one that comes back under another: "mac=ADDRESS",
 * "permaddr=ADDRESS" (the one it was made with) or "altname=NAME".
 */

/* InvalidArgument if it is none of these. Pure. */
int netdev_match_check(const char *match, struct error *error);

/* Is it that device of the namespace that we are in? */
bool netdev_match_holds(const char *match, unsigned int ifindex, const char *ifname);

/* The device there that it tells, the one with the lowest index; 0: none. */
unsigned int netdev_match_find(const char *match);
