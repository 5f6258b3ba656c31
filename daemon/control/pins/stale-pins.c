// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "daemon/control/pins/stale-pins.h"

#include "base/cleanup.h"
#include "base/directory.h"
#include "daemon/kernel/bpffs/object-id.h"
#include "daemon/kernel/bpffs/pins.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"
#include "daemon/state/device.h"
#include "daemon/state/rollback.h"

#include <bpf/bpf.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

struct sweep {
	const struct registry *registry;
	const struct orphans *orphans;
	const struct pin_directories *directories;
	stale_pin_visit visit;
	void *userdata;
};

static bool is_orphan(const struct sweep *sweep, uint64_t number)
{
	return orphans_find_number(sweep->orphans, number);
}

static void check_device(int parent, const char *name, void *userdata)
{
	const struct sweep *sweep = userdata;
	uint64_t number = strtoull(name, NULL, 10);
	const struct device *device = registry_find_number(sweep->registry, number);

	(void)parent;
	if (!(device && device->attachment) && !is_orphan(sweep, number))
		sweep->visit(sweep->directories->devices, name, sweep->userdata);
}

static bool runs(const struct sweep *sweep, const char *name, uint32_t program_id)
{
	cleanup(pins_keep) struct pins *pins = NULL;

	return pins_open(sweep->directories->generations, name, &pins, NULL) == 0 &&
	       generation_pins_run(pins, program_id);
}

static bool is_named(const struct device *device, const struct generation *generation,
		     const char *name)
{
	cleanup(freep) char *own = generation
					   ? generation_pin_name(device->number, generation->number,
								 generation->made_by->name)
					   : NULL;

	return generation && (!own || !strcmp(own, name));
}

/* Does a device need the pins, or does one run them that could not be taken over? */
static bool is_needed(const struct sweep *sweep, const struct device *device, const char *name)
{
	unsigned int ifindex;
	uint32_t program_id;

	if (is_named(device, device->live, name) || is_named(device, device->retiring, name) ||
	    (device->rollback && is_named(device, device->rollback->before, name)))
		return true;
	return !device->live && device->attachment &&
	       attachment_look(device->attachment, &ifindex, &program_id, NULL) == 0 &&
	       runs(sweep, name, program_id);
}

static void check_generation(int parent, const char *name, void *userdata)
{
	const struct sweep *sweep = userdata;
	uint64_t number = strtoull(name, NULL, 10);
	const struct device *device = registry_find_number(sweep->registry, number);

	(void)parent;
	if (!(device && is_needed(sweep, device, name)) && !is_orphan(sweep, number))
		sweep->visit(sweep->directories->generations, name, sweep->userdata);
}

static void check_component(int parent, const char *name, void *userdata)
{
	const struct sweep *sweep = userdata;

	(void)parent;
	if (!registry_find_loaded(sweep->registry, strtoul(name, NULL, 10)))
		sweep->visit(sweep->directories->components, name, sweep->userdata);
}

/* Is everything known that our devices run? */
static bool all_is_known(const struct sweep *sweep)
{
	for (size_t i = 0; i < sweep->registry->n_devices; i++)
		if (sweep->registry->devices[i]->attachment && !sweep->registry->devices[i]->live)
			return false;
	return sweep->orphans->n_items == 0;
}

void stale_pins_find(const struct registry *registry, const struct orphans *orphans,
		     const struct pin_directories *directories, stale_pin_visit visit,
		     void *userdata)
{
	struct sweep sweep = { registry, orphans, directories, visit, userdata };

	directory_each(AT_FDCWD, directories->devices, check_device, &sweep);
	directory_each(AT_FDCWD, directories->generations, check_generation, &sweep);
	if (all_is_known(&sweep))
		directory_each(AT_FDCWD, directories->components, check_component, &sweep);
}

/*
 * Detaches a link from its device first, so that no packet runs the generation while its pins are removed.
 */
static void remove_stale(const char *place, const char *name, void *userdata)
{
	const struct pin_directories *directories = userdata;
	cleanup(attachment_drop) struct attachment *attachment = NULL;
	cleanup(freep) char *path = NULL;
	unsigned int ifindex;
	uint32_t program_id;

	if (place == directories->devices)
		orphan_open(directories, strtoull(name, NULL, 10), &attachment, &ifindex,
			    &program_id);
	attachment_drop(&attachment);
	if (place == directories->generations && directories->dispatchers)
		generation_remove_stale_libxdp_pins(place, name, directories->dispatchers);
	if (asprintf(&path, "%s/%s", place, name) < 0)
		path = NULL;
	else
		directory_remove(AT_FDCWD, path);
}

void stale_pins_remove(const struct registry *registry, const struct orphans *orphans,
		       const struct pin_directories *directories)
{
	stale_pins_find(registry, orphans, directories, remove_stale, (void *)directories);
}
