// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdbool.h>

/*
 * What the drivers of network devices report about XDP, from Linux 6.3 on (netdev generic netlink). The
 * devices are in the thread's network namespace. The kernel takes the lock of all network devices for an
 * answer, so these functions must not be called on the event loop.
 */

/* Does the driver report native XDP? False also if the kernel reports nothing. */
bool xdp_features_native(unsigned int ifindex);

/*
 * Does the device drop packets that are redirected to it at present? The kernel must be one that reports
 * features. A veth transmits such packets only while its peer receives with NAPI, because it has an XDP
 * program or GRO (veth_set_xdp_features() in drivers/net/veth.c).
 */
bool xdp_features_drop_redirects(unsigned int ifindex);
