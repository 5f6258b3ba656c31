// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * The kind of change that detaches components whose client has disconnected. It concerns one device; nothing
 * else of the device changes, and an unconfirmed change of it stays unconfirmed.
 */
struct expire_options {
	uint64_t number; /* of the device */
	size_t n_leases; /* these leases have ended */
	uint64_t *leases;
};

/* Is the entry of one of these leases? */
bool expire_concerns(const struct expire_options *options, const struct entry *entry);

/* Functions of struct change_kind for this kind of change. */
void expire_options_done(void *options);
int expire_find(struct transaction *transaction);
int expire_edit(struct transaction *transaction);
int expire_name(const struct transaction *transaction, const struct target *target, char **ret);
