// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/pins/keep-pins.h"

#include "daemon/linkers/generation.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

static void keep_components(const struct chain *chain)
{
	for (size_t i = 0; chain_nth(chain, i); i++)
		if (chain_nth(chain, i)->component)
			component_keep_pins(chain_nth(chain, i)->component);
}

static void keep_device(struct device *device)
{
	attachment_keep(&device->attachment);
	if (device->live)
		generation_keep_pins(device->live);
	if (device->retiring)
		generation_keep_pins(device->retiring);
	keep_components(&device->chain);
	if (!device->rollback)
		return;
	keep_components(&device->rollback->chain);
	if (device->rollback->before)
		generation_keep_pins(device->rollback->before);
}

void keep_pins(const struct registry *registry)
{
	for (size_t i = 0; i < registry->n_devices; i++)
		keep_device(registry->devices[i]);
}
