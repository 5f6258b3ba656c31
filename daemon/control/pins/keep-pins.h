// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/state/registry.h"

/*
 * The daemon stops: the pins of all that is committed outlive the objects that own them. Attachments are freed here,
 * the rest with its devices.
 */
void keep_pins(const struct registry *registry);
