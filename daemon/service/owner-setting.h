// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/grant.h"

/* The credentials of a client have one bit for each grant. */
#define GRANTS_MAX 64

/*
 * Reads "OWNER KEY=VALUE...", the value of the setting 'owner', into the grant over that owner, which it adds if
 * it does not exist. Keys that the text does not have keep their values. Errors: InvalidArgument, and `grants`
 * can only be freed then.
 */
int owner_setting_read(const char *text, struct grants *grants, struct error *error);

/* Has each grant a group and devices? Errors: InvalidArgument. */
int owner_settings_check(const struct grants *grants, struct error *error);
