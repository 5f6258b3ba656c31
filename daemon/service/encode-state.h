// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/device.h"

struct member;

/* The interface's name for the present state of the component. */
const char *component_state(const struct device *device, const struct entry *entry);

/* The component's place in what the device runs; NULL if it has none. */
const struct member *find_member(const struct device *device, const struct entry *entry);
