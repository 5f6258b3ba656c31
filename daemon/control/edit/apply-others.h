// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/diff.h"

/*
 * What a chain file wants, `configs`, together with the components that it leaves alone: those that end with their
 * clients, which a file cannot describe, and, if the file has an `owner` (NULL: none), those of other owners. They stay at
 * their places; a new component of the file runs after those of the same priority. `*ret` has `*ret_n` items, sorted by
 * priority, to be freed; their contents belong to `configs` and the chain. Errors: NameTaken if the file wants one of their
 * names.
 */
int apply_add_others(const struct chain *chain, const char *owner, size_t n_configs,
		     const struct component_config *configs, const char *ifname,
		     struct component_config **ret, size_t *ret_n, struct error *error);

/* Does a file of that owner leave the component alone? */
bool apply_leaves(const char *owner, const struct entry *entry);
