// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * The kind of change that gives components another place, proceed set or limit, or their maps other owners,
 * and keeps their programs.
 */
struct move_options {
	struct component_options component; /* with the name of the component */
};

/* Functions of struct change_kind for this kind of change. */
void move_options_done(void *options);
void move_describe(const void *options, FILE *text);

/*
 * On the worker. Errors: as with chain_move(), policy_check_order() and pin_permissions_prepare().
 */
int move_edit(struct transaction *transaction);

int move_name(const struct transaction *transaction, const struct target *target, char **ret);
