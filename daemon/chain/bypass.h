// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/chain.h"

/*
 * Describes whether the entry with that number can let packets bypass the components after it: its code may
 * return (object/possible-verdicts.h) a verdict that neither drops the packet, nor is in the proceed set,
 * nor is forbidden. `*ret` is to be freed; NULL: it cannot, as in a policy, which has no order. Makes no
 * system call. -ENOMEM.
 */
int bypass_describe(const struct chain *chain, size_t number, char **ret, struct error *error);
