// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "cli/verb.h"

/* Prints the purpose and the options of the verb; for NULL those of all verbs. */
void help_print(const struct verb *verb);
void version_print(void);
