// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <sys/types.h>

/*
 * Changes the owner, the group or both of the pin `name` in `directory`; -1 as with chown(2). Without CAP_CHOWN it
 * asks the helper that listens on `helper` (map-owner/request.h), and waits at most ten seconds for it. Returns a
 * negative errno: -EPERM if the daemon may not change owners and no helper listens.
 */
int pin_owner_set(const char *helper, int directory, const char *name, uid_t uid, gid_t gid);
