// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/apply-leased.h"

#include "base/cleanup.h"
#include "daemon/chain/chain.h"

#include <string.h>

static int check_name(const struct entry *entry, size_t n_configs,
		      const struct component_config *configs, const char *ifname,
		      struct error *error)
{
	for (size_t i = 0; i < n_configs; i++)
		if (!strcmp(configs[i].name, entry->name))
			return error_set(error, ERROR_NAME_TAKEN, -EEXIST,
					 "%s has a component '%s' that a connected client has "
					 "attached, until it disconnects; choose another name",
					 ifname, entry->name);
	return 0;
}

/* Before the first of the components that run after it now; priorities are sorted later. */
static size_t find_place(const struct chain *chain, const struct entry *entry, size_t n_configs,
			 const struct component_config *configs)
{
	for (size_t i = 0; i < n_configs; i++) {
		const struct entry *other = chain_find(chain, configs[i].name);

		if (other && other > entry)
			return i;
	}
	return n_configs;
}

int apply_add_leased(const struct chain *chain, size_t n_configs,
		     const struct component_config *configs, const char *ifname,
		     struct component_config **ret, size_t *ret_n, struct error *error)
{
	cleanup(freep) struct component_config *all = calloc(n_configs + chain->n_entries + 1,
							     sizeof(*all));
	size_t n = n_configs;
	int result = all ? 0 : error_memory(error);

	if (result == 0 && n_configs > 0)
		memcpy(all, configs, n_configs * sizeof(*all));
	for (size_t i = 0; result == 0 && i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];
		size_t place;

		if (entry->lease == LEASE_NONE)
			continue;
		result = check_name(entry, n_configs, configs, ifname, error);
		place = find_place(chain, entry, n, all);
		memmove(&all[place + 1], &all[place], (n++ - place) * sizeof(*all));
		all[place] = (struct component_config){
			.name = entry->name,
			.settings = entry->settings,
			.map_permissions = entry->map_permissions,
			.spec = *entry->spec.sha256 ? &entry->spec : NULL,
		};
	}
	if (result < 0)
		return result;
	*ret = steal(all);
	*ret_n = n;
	return 0;
}
