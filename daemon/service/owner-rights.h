// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/change.h"
#include "daemon/service/peer.h"

/* The rights of clients that may change only components of some owners: members of the groups in the setting 'owner'. */

/*
 * Sets the owner of a request that names none to the only one of the client. Does nothing for clients with the right
 * `right`. Errors: NoPermission for an owner that is not the client's, or if it has several.
 */
int owner_rights_choose(const struct peer *peer, enum right right, char **owner,
			struct error *error);

/* Limits the change to what the client may do. Does nothing for clients that may change everything. -ENOMEM. */
int owner_rights_limit(const struct peer *peer, struct change *change, struct error *error);

/* Is the object one of a component of the client's owners, or may the client change everything? */
bool owner_rights_cover_object(const struct peer *peer, const char *sha256);
