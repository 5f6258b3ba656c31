#pragma once

#include <stdbool.h>

/*
 * What the drivers of network devices report about XDP, from Linux 6.3 on (netdev generic netlink). The
 * devices are in the thread's network namespace. The kernel takes the lock of all network devices for an
 * answer, so these functions must not be called on the event loop.
 */

/* Does the driver report native XDP? False also if the kernel reports nothing. */
bool xdp_features_native(unsigned int ifindex);
