// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/diff.h"

/*
 * What a chain file wants, `configs`, together with the components of the chain that end with their clients: a file
 * cannot describe these, so it leaves them alone, at their places. `*ret` has `*ret_n` items, to be freed; their
 * contents belong to `configs` and the chain. Errors: NameTaken if the file wants one of their names.
 */
int apply_add_leased(const struct chain *chain, size_t n_configs,
		     const struct component_config *configs, const char *ifname,
		     struct component_config **ret, size_t *ret_n, struct error *error);
