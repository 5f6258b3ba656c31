// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

#include <sys/types.h>

/* The value that chown(2) understands as "unchanged". */
#define USER_GROUP_NONE ((id_t)-1)

/*
 * The number of the machine's user or group of that name; USER_GROUP_NONE if there is none. Asks the
 * machine's name services, which may take long if they are remote. Errors: InvalidArgument, if they fail.
 */
int user_find(const char *name, id_t *ret, struct error *error);
int group_find(const char *name, id_t *ret, struct error *error);
