// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/chain/chain.h"

/* Does the component belong to the owner? NULL: to any, or to none. */
bool entry_belongs_to(const struct entry *entry, const char *owner);

/*
 * Sets NameTaken with a sentence that names both owners: `owner` wants a component with the name of `entry`,
 * which exists on the device `ifname`. Returns -EEXIST.
 */
int entry_refuse_name(const struct entry *entry, const char *owner, const char *ifname,
		      struct error *error);
