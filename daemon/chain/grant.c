// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/chain/grant.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <stdio.h>
#include <string.h>

struct grant *grants_find(const struct grants *grants, const char *owner)
{
	for (size_t i = 0; owner && i < grants->n_items; i++)
		if (!strcmp(grants->items[i].owner, owner))
			return &grants->items[i];
	return NULL;
}

int grants_add(struct grants *grants, const char *owner, struct grant **ret, struct error *error)
{
	struct grant *longer = reallocarray(grants->items, grants->n_items + 1,
					    sizeof(*grants->items));
	char *name = strdup(owner);

	if (longer)
		grants->items = longer;
	if (!longer || !name) {
		free(name);
		return error_memory(error);
	}
	*ret = &longer[grants->n_items++];
	**ret = (struct grant){
		.owner = name,
		.gid = (gid_t)-1,
		.verdicts = VERDICTS_ALL,
		.components = GRANT_UNLIMITED,
		.map_bytes = GRANT_UNLIMITED,
		.instructions = GRANT_UNLIMITED,
	};
	return 0;
}

int grant_add_device(struct grant *grant, const char *netns, const char *ifname,
		     struct error *error)
{
	struct grant_device *longer = reallocarray(grant->devices, grant->n_devices + 1,
						   sizeof(*grant->devices));
	struct grant_device *device;

	if (!longer)
		return error_memory(error);
	grant->devices = longer;
	device = &longer[grant->n_devices++];
	*device = (struct grant_device){ netns ? strdup(netns) : NULL, strdup(ifname) };
	return device->ifname && (device->netns || !netns) ? 0 : error_memory(error);
}

void grant_clear_devices(struct grant *grant)
{
	while (grant->n_devices > 0) {
		struct grant_device *device = &grant->devices[--grant->n_devices];

		free(device->netns);
		free(device->ifname);
	}
	free(steal(grant->devices));
}

static bool is_in(const struct grant_device *device, const char *netns)
{
	return netns && device->netns ? !strcmp(netns, device->netns) : netns == device->netns;
}

bool grant_has_device(const struct grant *grant, const char *netns, const char *ifname)
{
	for (size_t i = 0; i < grant->n_devices; i++)
		if (is_in(&grant->devices[i], netns) && !strcmp(grant->devices[i].ifname, ifname))
			return true;
	return false;
}

int grants_append(struct grants *grants, const struct grant *grant, struct error *error)
{
	struct grant *copy;
	int result = grants_add(grants, grant->owner, &copy, error);

	if (result < 0)
		return result;
	copy->gid = grant->gid;
	copy->verdicts = grant->verdicts;
	copy->components = grant->components;
	copy->map_bytes = grant->map_bytes;
	copy->instructions = grant->instructions;
	copy->group = grant->group ? strdup(grant->group) : NULL;
	if (grant->group && !copy->group)
		return error_memory(error);
	for (size_t i = 0; result == 0 && i < grant->n_devices; i++)
		result = grant_add_device(copy, grant->devices[i].netns, grant->devices[i].ifname,
					  error);
	return result;
}

verdict_set grant_forbidden(const struct grant *grant)
{
	return VERDICTS_ALL & ~VERDICT_BIT(VERDICT_ABORTED) & ~grant->verdicts;
}

void grants_explain(const struct grants *grants, uint64_t which, struct error *error)
{
	cleanup(freep) char *owners = NULL;
	size_t n_owners = 0;

	for (size_t i = 0; i < grants->n_items; i++) {
		cleanup(freep) char *quoted = NULL;

		if (!(which & 1ull << i))
			continue;
		n_owners++;
		if (asprintf(&quoted, "'%s'", grants->items[i].owner) < 0)
			quoted = NULL;
		else
			names_append(&owners, quoted);
	}
	if (owners)
		error_append(error,
			     ", and this client may change only components of %s %s (setting "
			     "'owner')",
			     n_owners > 1 ? "the owners" : "owner", owners);
}

char *grant_format_devices(const struct grant *grant)
{
	char *names = NULL;

	for (size_t i = 0; i < grant->n_devices; i++) {
		const struct grant_device *device = &grant->devices[i];
		cleanup(freep) char *name = NULL;

		if (asprintf(&name, "%s%s%s", device->netns ?: "", device->netns ? "/" : "",
			     device->ifname) < 0)
			name = NULL;
		else
			names_append(&names, name);
	}
	return names;
}

void grants_done(struct grants *grants)
{
	while (grants->n_items > 0) {
		struct grant *grant = &grants->items[--grants->n_items];

		grant_clear_devices(grant);
		free(grant->owner);
		free(grant->group);
	}
	free(steal(grants->items));
}
