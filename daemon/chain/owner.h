// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <stdbool.h>

/*
 * The owners of components: names that clients choose, so that several of them can share a device. NULL: no
 * owner.
 */

/* Do both names, which may be NULL, mean the same owner? */
bool same_owner(const char *owner, const char *other);

/* Errors: InvalidArgument for a name that no owner can have. NULL is fine. */
int owner_check(const char *owner, struct error *error);
