#pragma once

#include "daemon/chain/chain.h"

/*
 * What to say of the entry of that number if it can let packets get past those that run behind it: its
 * code may return (object/possible-verdicts.h) what neither drops, nor is in its proceed set, nor forbidden to it.
 * `*ret` is to be freed; NULL: there is nothing to say, as in a policy, which has no order. No system
 * calls. -ENOMEM
 */
int bypass_describe(const struct chain *chain, size_t number, char **ret, struct error *error);
