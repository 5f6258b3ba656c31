// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/change.h"

/* All kinds of change, one row each in change-kinds.c. */
enum change_number {
	CHANGE_ATTACH,
	CHANGE_DETACH,
	CHANGE_REPLACE,
	CHANGE_MOVE,
	CHANGE_INTEROP,
	CHANGE_SET_POLICY,
	CHANGE_CLEAR_POLICY,
	CHANGE_APPLY,
	CHANGE_ADOPT,
	CHANGE_CONFIRM,
	CHANGE_REVERT,
	CHANGE_RELINK,
	CHANGE_SUSPEND,
	CHANGE_RESUME,
	CHANGE_EXPIRE,
	CHANGE_NONE, /* only looks at the devices; never submitted */
	CHANGE_KIND_COUNT,
};

extern const struct change_kind change_kinds[CHANGE_KIND_COUNT];
