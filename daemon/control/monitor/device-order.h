// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/kernel/netdev-order.h"
#include "daemon/state/registry.h"

/*
 * Orders the devices so that their chains can be attached: lower devices first. To be freed. A place has the number of
 * its device, because the device may be gone when its turn comes.
 */
struct netdev_place *device_order(const struct registry *registry, size_t *ret_count);
