// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/chain/chain.h"

/*
 * The owners of components: names that clients choose, so that several of them can share a device. NULL: no
 * owner.
 */

/* Do both names, which may be NULL, mean the same owner? */
bool same_owner(const char *owner, const char *other);

/* Does the component belong to the owner? NULL: to any, or to none. */
bool entry_belongs_to(const struct entry *entry, const char *owner);

/* Errors: InvalidArgument for a name that no owner can have. NULL is fine. */
int owner_check(const char *owner, struct error *error);

/*
 * Sets NameTaken with a sentence that names both owners: `owner` wants a component with the name of `entry`,
 * which exists on the device `ifname`. Returns -EEXIST.
 */
int owner_refuse_name(const struct entry *entry, const char *owner, const char *ifname,
		      struct error *error);
