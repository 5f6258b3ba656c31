// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* What xdpd calls a device. */
struct device_name {
	char *ifname; /* NULL: there is no such device */
	char *netns;  /* the path of its network namespace; "": the daemon's own */
};

void device_name_done(struct device_name *name);

/*
 * Finds the device `text`, which may be an alternative name (ip-link(8)), in the namespace of the option --netns. Free
 * `*ret` with device_name_done(). A device that xdpd does not manage is refused, in the daemon's words.
 */
enum exit_status device_name_find(const struct invocation *invocation, const char *text,
				  struct device_name *ret);

/* The same for a word that may not be the name of a device: `ifname` is NULL then, and nothing is printed. */
void device_name_find_any(const struct invocation *invocation, const char *text,
			  struct device_name *ret);
