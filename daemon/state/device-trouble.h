// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"

/* As the interface's DeviceState: "attached", "absent", "failed" or "released". */
const char *device_state(const struct device *device);

/*
 * The first component that should run on the device, which exists, but is not loaded; NULL: none.
 */
const struct entry *device_failed_entry(const struct device *device);

/* Does the device run its whole wanted chain? Nothing is wanted on a released device. */
bool device_is_whole(const struct device *device);

/*
 * Why device_is_whole() is false, one sentence that names the device; to be freed. NULL: no memory.
 */
char *device_trouble(const struct device *device);
