// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/load/load.h"
#include "daemon/control/transaction/transaction.h"

/* The kind of change that gives components another program. */
struct replace_options {
	struct program_source source;
	char *name; /* of the component */
	struct map_reuse_options reuse;
};

/* Functions of struct change_kind for this kind of change. */
void replace_options_done(void *options);
int replace_edit(struct transaction *transaction);
int replace_name(const struct transaction *transaction, const struct target *target, char **ret);
