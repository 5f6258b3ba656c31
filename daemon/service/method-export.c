// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/chain/entry-owner.h"
#include "daemon/chain/owner.h"
#include "daemon/service/apply-request.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/device-select.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/owner-rights.h"
#include "daemon/state/device.h"
#include "daemon/state/find-device.h"
#include "daemon/state/registry.h"
#include "daemon/state/setting-owners.h"

#include <string.h>

static json_t *encode_libraries(const struct component_spec *spec)
{
	json_t *list = spec->n_libraries ? json_array() : NULL;

	for (size_t i = 0; i < spec->n_libraries; i++)
		json_array_append_new(list,
				      json_sprintf(OBJECT_SHA256 "%s", spec->libraries[i].sha256));
	return list;
}

static json_t *encode_program(const struct component_spec *spec)
{
	return json_pack("{s:o*, s:o*, s:o*}", "object",
			 *spec->sha256 ? json_sprintf(OBJECT_SHA256 "%s", spec->sha256) : NULL,
			 "libraries", encode_libraries(spec), "program",
			 *spec->sha256 ? text_encode(spec->program) : NULL);
}

/* In a slot the policy decides order and verdicts, so only other settings are written. */
static int set_place(json_t *component, const struct entry *entry)
{
	cleanup(json_decrefp) json_t *place = NULL;

	if (entry->spec.slot)
		place = json_pack("{s:o}", "slot", text_encode(entry->spec.slot));
	else
		place = json_pack(
			"{s:i, s:o, s:o*, s:s}", "priority", entry->settings.priority, "proceed_on",
			verdicts_encode(entry->settings.proceed), "allow_verdicts",
			entry->settings.forbidden
				? verdicts_encode(VERDICTS_ALL & ~entry->settings.forbidden)
				: NULL,
			"on_failure", on_failure_name(entry->settings.on_failure));
	return json_object_update(component, place);
}

/* All settings are written, so the file means the same on a machine with other defaults. */
static json_t *encode_component(const struct entry *entry)
{
	const struct component_spec *spec = &entry->spec;
	cleanup(json_decrefp) json_t *options = json_pack(
		"{s:o, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}", "name", text_encode(entry->name),
		"owner", entry->owner ? text_encode(entry->owner) : NULL, "parked",
		entry->parked ? json_true() : NULL, "set", strings_encode(&spec->values),
		"share_maps", shares_encode(&spec->shares), "devbound",
		spec->devbound ? json_true() : NULL, "map_owner",
		text_take(map_permissions_format_owner(&entry->map_permissions)), "map_mode",
		text_take(map_permissions_format_mode(&entry->map_permissions)));
	json_t *component = encode_program(spec);

	if (json_object_update(component, options) == 0 && set_place(component, entry) == 0)
		return component;
	json_decref(component);
	return NULL;
}

/*
 * A client in another namespace gets the name of the daemon's own as well: without it the file would mean
 * the client's namespace.
 */
static json_t *encode_netns(const struct device *device, bool elsewhere)
{
	if (device->netns_path)
		return text_encode(device->netns_path);
	return elsewhere ? json_string(NETNS_DEFAULT) : NULL;
}

/* NULL: all owners, and components without one. Those of clients that are connected end with these. */
static bool is_exported(const struct entry *entry, const char *owner)
{
	return !entry->lease && entry_belongs_to(entry, owner);
}

static json_t *encode_components(const struct device *device, const char *owner)
{
	json_t *components = json_array();

	for (size_t i = 0; i < device->chain.n_entries; i++)
		if (is_exported(&device->chain.entries[i], owner))
			json_array_append_new(components,
					      encode_component(&device->chain.entries[i]));
	return components;
}

/* A list of the owners' claims, or with an `owner` only of its own; NULL: there are none. */
static json_t *encode_setting_owners(const struct device *device, const char *owner)
{
	json_t *list = json_array();

	for (size_t i = 0; i < device->config.owners.n_items; i++) {
		const char *text = device->config.owners.items[i];

		if (!owner || same_owner(strchr(text, '=') + 1, owner))
			json_array_append_new(list, text_encode(text));
	}
	if (json_array_size(list) > 0)
		return list;
	json_decref(list);
	return NULL;
}

/* Without an owner, all settings are exported. */
static bool has_setting(const struct device *device, const char *owner, const char *setting)
{
	return !owner || setting_owners_have(&device->config.owners, setting, owner);
}

/* That interop is off has to be said only for the owner that wants it. */
static const char *interop_said(const struct device *device, const char *owner)
{
	if (device->config.interop)
		return INTEROP_NAME;
	return owner ? "none" : NULL;
}

static int set_settings(json_t *json, const struct device *device, const char *owner)
{
	const struct device_config *config = &device->config;
	const struct entry *policy = device->chain.policy;
	cleanup(json_decrefp) json_t *settings = json_pack(
		"{s:s*, s:s*, s:s*, s:o*, s:o*}", "mode",
		has_setting(device, owner, "mode") ? xdp_mode_said(config->mode) : NULL, "match",
		has_setting(device, owner, "match") ? config->match : NULL, "interop",
		has_setting(device, owner, "interop") ? interop_said(device, owner) : NULL,
		"setting_owners", encode_setting_owners(device, owner), "policy",
		policy && has_setting(device, owner, "policy") ? encode_program(&policy->spec)
							       : NULL);

	return json_object_update(json, settings);
}

/* With an `owner`, which may be NULL, only what belongs to it. */
static json_t *encode_device(const struct device *device, const char *owner, bool elsewhere)
{
	json_t *json = json_pack("{s:o, s:o*}", "name", text_encode(device->ifname), "netns",
				 encode_netns(device, elsewhere));

	if (set_settings(json, device, owner) == 0 &&
	    json_object_set_new(json, "components", encode_components(device, owner)) == 0)
		return json;
	json_decref(json);
	return NULL;
}

/* The file that is becoming the reply. */
struct exporting {
	json_t *devices;
	const char *owner; /* NULL: everything is exported */
	bool elsewhere;
};

static int append(const struct exporting *exporting, const struct device *device,
		  struct error *error)
{
	json_t *encoded;

	if (exporting->owner && !device_has_owner(device, exporting->owner))
		return 0;
	encoded = encode_device(device, exporting->owner, exporting->elsewhere);
	return json_array_append_new(exporting->devices, encoded) < 0 ? error_memory(error) : 0;
}

static int append_named(const struct exporting *exporting, const char *ifname, const char *netns,
			const struct registry *registry, struct error *error)
{
	const struct device *device;
	int result = find_device_or_fail(registry, ifname, netns, &device, error);

	return result ?: append(exporting, device, error);
}

int method_export(struct peer *peer, void *userdata, struct error *error)
{
	struct export_request *request = userdata;
	const struct registry *registry = control_registry(peer_context(peer)->control);
	cleanup(json_decrefp) json_t *devices = json_array();
	cleanup(freep) char *netns = NULL;
	struct exporting exporting = { .devices = devices,
				       .elsewhere = client_is_elsewhere(peer_socket(peer)) };
	int result = owner_rights_choose(peer, RIGHT_READ, &request->owner, error)
			     ?: netns_path(request->netns, &netns, error);

	exporting.owner = request->owner;
	for (size_t i = 0; result == 0 && i < request->devices.n_items; i++)
		result = append_named(&exporting, request->devices.items[i], netns, registry,
				      error);
	for (size_t i = 0; result == 0 && !request->devices.items && i < registry->n_devices; i++)
		if (!device_is_released(registry->devices[i]) &&
		    (!request->netns || same_netns(netns, registry->devices[i]->netns_path)))
			result = append(&exporting, registry->devices[i], error);
	if (result == 0)
		peer_reply(peer, json_pack("{s:O}", "devices", devices));
	return result;
}
