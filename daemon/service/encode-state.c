// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/encode-state.h"

#include "daemon/linkers/generation.h"

const struct member *find_member(const struct device *device, const struct entry *entry)
{
	for (size_t i = 0; device->live && i < device->live->n_members; i++)
		if (device->live->members[i].id == entry->id)
			return &device->live->members[i];
	return NULL;
}

const char *component_state(const struct device *device, const struct entry *entry)
{
	if (entry->parked)
		return "parked";
	if (entry->failure)
		return "failed";
	return find_member(device, entry) ? "running" : "waiting";
}
