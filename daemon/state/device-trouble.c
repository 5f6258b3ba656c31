// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/state/device-trouble.h"

#include <stdio.h>

const char *device_state(const struct device *device)
{
	if (device_is_released(device))
		return "released";
	if (device->live)
		return "attached";
	/*
	 * a device that appeared and could not be attached keeps no index, so that it is found again
	 */
	return device->ifindex || device->failure ? "failed" : "absent";
}

const struct entry *device_failed_entry(const struct device *device)
{
	const struct entry *entry;

	for (size_t i = 0; device->live && (entry = chain_nth(&device->chain, i)); i++)
		if (!entry->component && !entry->parked)
			return entry;
	return NULL;
}

bool device_is_whole(const struct device *device)
{
	return device_is_released(device) ||
	       (device->live && !device->config.suspended && !device_failed_entry(device));
}

char *device_trouble(const struct device *device)
{
	const struct entry *entry = device_failed_entry(device);
	const char *why = device->failure;
	char *sentence;
	int length;

	if (!why && device->live)
		why = "it is suspended";
	if (!why)
		why = device->ifindex ? "it is not attached"
				      : "the device does not exist at present";
	if (entry)
		length = asprintf(&sentence, "'%s' does not run on %s: %s", entry->name,
				  device->ifname, entry->failure ?: "it is not loaded");
	else
		length = asprintf(&sentence, "the chain of %s does not run: %s", device->ifname,
				  why);
	return length < 0 ? NULL : sentence;
}
