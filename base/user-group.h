#pragma once

#include "base/error.h"

#include <sys/types.h>

/* Nobody: what chown(2) takes for "stays as it is". */
#define USER_GROUP_NONE ((id_t)-1)

/*
 * The number of the machine's user or group of that name; USER_GROUP_NONE if there is none. Asks its name
 * services, which may take long where they are elsewhere. Errors: InvalidArgument, when they fail.
 */
int user_find(const char *name, id_t *ret, struct error *error);
int group_find(const char *name, id_t *ret, struct error *error);
