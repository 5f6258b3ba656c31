// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * How a device is identified that reappears under another name: "mac=ADDRESS", "permaddr=ADDRESS" (its
 * permanent address) or "altname=NAME".
 */

/* Is `match` valid? Errors: InvalidArgument. Makes no system call. */
int netdev_match_check(const char *match, struct error *error);

/* Does `match` identify that device, in the present network namespace? */
bool netdev_match_holds(const char *match, unsigned int ifindex, const char *ifname);

/*
 * The index of the device in the present network namespace that `match` identifies, the lowest if there are
 * several; 0: none.
 */
unsigned int netdev_match_find(const char *match);
