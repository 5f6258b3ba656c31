// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/recovery/restore-device.h"

/*
 * Restores all devices that have a record or a pin. A table in docs/operations.md says which of them is
 * used, and what is left alone.
 */
int recovery_restore_all(struct recovery *recovery, struct error *error);
