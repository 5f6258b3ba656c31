// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/control/pins/map-pins.h"
#include "daemon/control/pins/permissions.h"
#include "daemon/kernel/info/map-info.h"
#include "daemon/service/device-select.h"
#include "daemon/service/dispatch.h"
#include "daemon/state/device.h"

#include <fcntl.h>
#include <stdio.h>
#include <string.h>

/* The maps found so far: in order, and by id. */
struct listing {
	const struct pin_directories *directories;
	json_t *maps;
	json_t *by_id;
};

static void listing_done(struct listing *listing)
{
	json_decref(listing->maps);
	json_decref(listing->by_id);
}

/* Adds a new map to the listing. */
static json_t *add_map(struct listing *listing, const char *id, int fd)
{
	struct map_info info;
	json_t *map = map_info_read(fd, &info) < 0
			      ? NULL
			      : json_pack("{s:I, s:s, s:i, s:i, s:I, s:I, s:[]}", "id",
					  (json_int_t)info.id, "type", info.type, "key_size",
					  info.key_size, "value_size", info.value_size,
					  "max_entries", (json_int_t)info.max_entries, "memory",
					  (json_int_t)info.memory, "holders");

	if (json_array_append_new(listing->maps, map) < 0 ||
	    json_object_set(listing->by_id, id, map) < 0)
		return NULL;
	return map;
}

/* Encodes the pin for the reply; NULL if it does not exist. */
static json_t *encode_pin(const struct pin_directories *directories, const struct device *device,
			  const struct entry *entry, const struct component_map *map)
{
	cleanup(freep) char *path = map_pins_path(directories, device, entry, map->name);
	struct pin_permissions access;

	if (!path || !pin_permissions_read(AT_FDCWD, path, &access))
		return json_object();
	return json_pack("{s:o*, s:I, s:I, s:o}", "pin",
			 text_take(pin_directories_outside(directories, path)), "uid",
			 (json_int_t)access.uid, "gid", (json_int_t)access.gid, "mode",
			 json_sprintf("%03o", access.mode));
}

static int add_holder(struct listing *listing, const struct device *device,
		      const struct entry *entry, const struct component_map *map)
{
	cleanup(json_decrefp) json_t *pin = encode_pin(listing->directories, device, entry, map);
	char id[16];
	json_t *known, *holder;

	snprintf(id, sizeof(id), "%u", map->id);
	known = json_object_get(listing->by_id, id) ?: add_map(listing, id, map->fd);
	holder = json_pack("{s:o, s:o*, s:s, s:o*, s:s}", "ifname", text_encode(device->ifname),
			   "netns", device->netns_path ? text_encode(device->netns_path) : NULL,
			   "component", entry->name, "policy",
			   entry == device->chain.policy ? json_true() : NULL, "name", map->name);
	if (json_array_append_new(json_object_get(known, "holders"), holder) < 0)
		return -ENOMEM;
	return json_object_update(holder, pin);
}

/* The component whose maps are listed (NULL: all components), and whether any device has it. */
struct selection {
	struct listing *listing;
	const char *name;
	bool found;
};

static int add_device(void *userdata, const struct device *device, struct error *error)
{
	struct selection *selection = userdata;
	const struct entry *entry;
	int result = 0;

	for (size_t i = 0; (entry = chain_nth(&device->chain, i)); i++) {
		size_t n_maps = entry->component ? entry->component->n_maps : 0;

		if (selection->name && strcmp(entry->name, selection->name) != 0)
			continue;
		selection->found = true;
		for (size_t j = 0; result == 0 && j < n_maps; j++)
			result = add_holder(selection->listing, device, entry,
					    &entry->component->maps[j]);
	}
	return result < 0 ? error_memory(error) : 0;
}

int method_maps(struct peer *peer, void *userdata, struct error *error)
{
	const struct maps_request *request = userdata;
	struct control *control = peer_context(peer)->control;
	cleanup(listing_done) struct listing listing = { control_pin_directories(control),
							 json_array(), json_object() };
	struct selection selection = { &listing, request->name, !request->name };
	int result = device_select(control_registry(control), &request->devices, request->netns,
				   add_device, &selection, error);

	if (result < 0)
		return result;
	if (!selection.found)
		return error_set(error, ERROR_NO_SUCH_COMPONENT, -ENOENT, "no component '%s'",
				 request->name);
	peer_reply(peer, json_pack("{s:O}", "maps", listing.maps));
	return 0;
}
