#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * What identifies a device beside its name, if it reappears under another: "mac=ADDRESS", "permaddr=ADDRESS"
 * (its permanent address) or "altname=NAME".
 */

/* InvalidArgument if it is not one of these. Pure. */
int netdev_match_check(const char *match, struct error *error);

/* Is it that device of the namespace that we are in? */
bool netdev_match_holds(const char *match, unsigned int ifindex, const char *ifname);

/* The device in this namespace that it identifies, the one with the lowest index; 0: none. */
unsigned int netdev_match_find(const char *match);
