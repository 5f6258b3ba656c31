// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* The kind of change that removes components from chains. */
struct detach_options {
	char *name;   /* NULL with `all` */
	bool all;     /* removes every component */
	bool release; /* also stops managing the device */
};

/* Functions of struct change_kind for this kind of change. */
void detach_options_done(void *options);
int detach_edit(struct transaction *transaction);
int detach_name(const struct transaction *transaction, const struct target *target, char **ret);
