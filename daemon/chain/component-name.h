// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"

/* The component's name if a program is adopted whose function name is not valid. */
#define COMPONENT_NAME_DEFAULT "program"

/*
 * Can a component have that name? Names have letters and digits of any script, and '_', '-', '.', '+' and
 * '$'; they begin with a letter, a digit or '_', and have at most 255 bytes of UTF-8. So they cannot be
 * confused with an option, a path or the policy's "@policy", and the colon of COMPONENT:MAP ends them.
 * Components of older records may have other names. Errors: InvalidArgument.
 */
int component_name_check(const char *name, struct error *error);
