#pragma once

#include "base/error.h"

#include <sys/types.h>

/* Nobody: what chown(2) takes for "stays as it is". */
#define ACCOUNT_NONE ((id_t)-1)

/*
 * The number of the machine's user or group of that name; ACCOUNT_NONE if there is none. Asks its name
 * services, which may take long where they are elsewhere. Errors: InvalidArgument, when they fail.
 */
int accounts_find_user(const char *name, id_t *ret, struct error *error);
int accounts_find_group(const char *name, id_t *ret, struct error *error);
