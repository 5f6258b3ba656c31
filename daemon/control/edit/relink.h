// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/* The kind of change that links components with another version of a library. On the worker. */
struct relink_options {
	char *library; /* the name of its file, or sha256:HEX */
	struct program_source source;
};

/* Functions of struct change_kind for this kind of change. */
void relink_options_done(void *options);
void relink_describe(const void *options, FILE *text);

/*
 * Reads the new library, keeps it in the store, and makes the devices whose components use the previous
 * version targets. Errors: NoSuchComponent if none does.
 */
int relink_find(struct transaction *transaction);

/* Loads these components again, with the new library and their present maps. */
int relink_edit(struct transaction *transaction);

int relink_name(const struct transaction *transaction, const struct target *target, char **ret);
