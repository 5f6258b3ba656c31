#pragma once

#include "base/error.h"

/* What has a name that can be no component's gets this one. */
#define COMPONENT_NAME_DEFAULT "program"

/*
 * Can a component have that name? Names have letters and digits of any script, and '_', '-', '.', '+' and
 * '$'; they begin with a letter, a digit or '_', and have at most 255 bytes of UTF-8. So they are
 * neither an option nor a path, nor the policy's "@policy", and the colon of COMPONENT:MAP ends them.
 * Components of older records may have other names. InvalidArgument.
 */
int component_name_check(const char *name, struct error *error);
