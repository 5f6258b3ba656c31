// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/chain/entry-owner.h"
#include "daemon/control/pins/orphans.h"
#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/generation.h"
#include "daemon/linkers/linker.h"
#include "daemon/service/apply-request.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/device-select.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/encode-state.h"
#include "daemon/service/encode-trust.h"
#include "daemon/service/refused-files.h"
#include "daemon/state/device-trouble.h"
#include "daemon/state/device.h"
#include "daemon/state/registry.h"
#include "daemon/state/rollback.h"
#include "daemon/state/setting-owners.h"

#include <string.h>

static json_t *encode_maps(const struct component *component)
{
	json_t *list = json_array();

	for (size_t i = 0; i < component->n_maps; i++)
		json_array_append_new(list, json_pack("{s:s, s:I}", "name", component->maps[i].name,
						      "id", (json_int_t)component->maps[i].id));
	return list;
}

/* NULL: it is inlined. */
static const char *why_not_inlined(const struct device *device, const struct member *member)
{
	if (member->join != JOIN_EXTENSION)
		return member->why;
	if (device->config.interop)
		return "libxdp's tools should list it, and they list only extensions";
	if (device->fuse_failure)
		return device->fuse_failure;
	return device->fuse_at ? "the chain has changed recently" : "the linker is freplace";
}

static int set_running(json_t *json, const struct device *device, const struct member *member)
{
	const char *why = why_not_inlined(device, member);

	if (json_object_set_new(json, "slot", json_integer(member - device->live->members)) < 0 ||
	    json_object_set_new(json, "join", json_string(join_name(member->join))) < 0)
		return -ENOMEM;
	return why ? json_object_set_new(json, "why", text_encode(why)) : 0;
}

/* NULL: there are none. */
static json_t *encode_kfuncs(const struct kfuncs *kfuncs)
{
	json_t *list = kfuncs->n_items ? json_array() : NULL;

	for (size_t i = 0; i < kfuncs->n_items; i++) {
		const struct kfunc *kfunc = &kfuncs->items[i];

		json_array_append_new(
			list, json_pack("{s:o, s:o*, s:s}", "name", text_encode(kfunc->name),
					"group", kfunc->group ? text_encode(kfunc->group) : NULL,
					"state", kfunc_state_name(kfunc->state)));
	}
	return list;
}

static int set_loaded(json_t *json, const struct component *component)
{
	cleanup(json_decrefp) json_t *more = json_pack(
		"{s:I, s:I, s:o, s:o*, s:o*, s:o*, s:o*}", "prog_id", (json_int_t)component->id,
		"verified", (json_int_t)component->work.processed, "maps", encode_maps(component),
		"kfuncs", encode_kfuncs(&component->kfuncs), "needs",
		strings_encode(&component->needs), "no_extension",
		component->no_extension ? text_encode(component->no_extension) : NULL, "map_limit",
		component->map_limit ? text_encode(component->map_limit) : NULL);

	return json_object_update(json, more);
}

/* NULL: there are none. */
static json_t *encode_libraries(const struct component_spec *spec)
{
	json_t *list = spec->n_libraries ? json_array() : NULL;

	for (size_t i = 0; i < spec->n_libraries; i++)
		json_array_append_new(
			list,
			json_pack("{s:o, s:o}", "name", text_encode(spec->libraries[i].label),
				  "object", json_sprintf("sha256:%s", spec->libraries[i].sha256)));
	return list;
}

/* Settings that only some components have. */
static int set_extras(json_t *json, const struct entry *entry, const struct control *control)
{
	cleanup(json_decrefp) json_t *more = json_pack(
		"{s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*, s:o*}", "owner",
		entry->owner ? text_encode(entry->owner) : NULL, "map_owner",
		text_take(map_permissions_format_owner(&entry->map_permissions)), "map_mode",
		text_take(map_permissions_format_mode(&entry->map_permissions)), "allow_verdicts",
		entry->settings.forbidden
			? verdicts_encode(VERDICTS_ALL & ~entry->settings.forbidden)
			: NULL,
		"libraries", encode_libraries(&entry->spec), "set",
		strings_encode(&entry->spec.values), "share_maps",
		shares_encode(&entry->spec.shares), "devbound",
		entry->spec.devbound ? json_true() : NULL, "while_connected",
		entry->lease ? json_true() : NULL, "awaits_client",
		control_lease_is_awaited(control, entry->lease) ? json_true() : NULL);

	return json_object_update(json, more);
}

/* Programs in slots are not counted, because counting would cost every packet something. */
static int set_fills(json_t *json, const char *slot)
{
	json_object_del(json, "counters");
	return json_object_set_new(json, "fills", json_string(slot));
}

static json_t *encode_component(const struct device *device, const struct entry *entry,
				const struct component_stats *stats, const struct control *control)
{
	cleanup(json_decrefp) json_t *trust = trust_encode(control_signing(control), &entry->spec);
	const struct member *member = find_member(device, entry);
	json_t *json = json_pack(
		"{s:s, s:i, s:o, s:s, s:s, s:s, s:o*, s:o, s:o*}", "name", entry->name, "priority",
		entry->settings.priority, "proceed_on", verdicts_encode(entry->settings.proceed),
		"state", component_state(device, entry), "on_failure",
		on_failure_name(entry->settings.on_failure), "prog_name", entry->spec.program,
		"object",
		*entry->spec.sha256 ? json_sprintf("sha256:%s", entry->spec.sha256) : NULL,
		"counters", component_stats_encode(stats), "failure",
		entry->failure ? text_encode(entry->failure) : NULL);

	if (json_object_update(json, trust) < 0 || set_extras(json, entry, control) < 0 ||
	    (entry->component && set_loaded(json, entry->component) < 0) ||
	    (entry->spec.slot && set_fills(json, entry->spec.slot) < 0) ||
	    (member && !entry->failure && set_running(json, device, member) < 0)) {
		json_decref(json);
		return NULL;
	}
	return json;
}

/* NULL: xdpd did not manage the device before. */
static json_t *encode_before(const struct rollback *rollback)
{
	json_t *names = rollback->was_ours ? json_array() : NULL;

	for (size_t i = 0; names && i < rollback->chain.n_entries; i++)
		json_array_append_new(names, text_encode(rollback->chain.entries[i].name));
	return names;
}

/* NULL: there is no unconfirmed change. */
static json_t *encode_unconfirmed(const struct rollback *rollback)
{
	uint64_t now = rollback_now();
	uint64_t left;

	if (!rollback)
		return NULL;
	left = rollback->until > now ? rollback->until - now : 0;
	return json_pack("{s:I, s:I, s:o*, s:o*}", "seconds", (json_int_t)(left + 999999) / 1000000,
			 "change", (json_int_t)rollback->change, "before", encode_before(rollback),
			 "failure", rollback->failure ? text_encode(rollback->failure) : NULL);
}

static json_t *encode_rootlet(const struct device *device)
{
	const struct attachment *attachment = device->attachment;

	return json_pack("{s:I, s:o*, s:I}", "prog_id", (json_int_t)device->live->rootlet->id,
			 "link_id", attachment->fd < 0 ? NULL : json_integer(attachment->id),
			 "verified", (json_int_t)device->live->rootlet->verified);
}

/* NULL: xdpd has attached nothing to it. */
static const char *owned_by(const struct device *device)
{
	if (!device->attachment)
		return NULL;
	return device->attachment->fd < 0 ? "netlink" : "link";
}

static const char *device_note(const struct device *device)
{
	if (device->failure)
		return device->failure;
	if (device->unlisted)
		return device->unlisted;
	if (device->lost_redirects && device->attachment)
		return device->lost_redirects;
	return device->attachment && device->attachment->fell_back ? ATTACHMENT_FELL_BACK : NULL;
}

/* NULL: there is no policy, or it is trusted. */
static json_t *encode_policy_untrusted(const struct device *device, const struct signing *signing)
{
	const struct entry *policy = device->chain.policy;
	cleanup(json_decrefp) json_t *trust = policy ? trust_encode(signing, &policy->spec) : NULL;

	return json_incref(json_object_get(trust, "untrusted"));
}

/* With an `owner`, which may be NULL, only what belongs to it. */
static int encode_device(const struct device *device, const char *owner,
			 const struct control *control, json_t **ret, struct error *error)
{
	const char *note = device_note(device);
	cleanup(freep) struct component_stats *stats = NULL;
	json_t *components;
	int result;

	result = device_component_stats(device, &stats, error);
	if (result < 0)
		return result;
	components = json_array();
	for (size_t i = 0; i < device->chain.n_entries; i++)
		if (entry_belongs_to(&device->chain.entries[i], owner))
			json_array_append_new(components,
					      encode_component(device, &device->chain.entries[i],
							       &stats[i], control));
	*ret = json_pack(
		"{s:o, s:o*, s:I, s:s, s:s*, s:s*, s:s*, s:s*, s:s*, s:I, s:s*, s:o*, s:o*, s:o*, "
		"s:o*, "
		"s:s*, s:o*, s:o*, s:o}",
		"ifname", text_encode(device->ifname), "netns",
		device->netns_path ? text_encode(device->netns_path) : NULL, "ifindex",
		(json_int_t)device->ifindex, "state", device_state(device), "match",
		device->config.match, "mode",
		device->attachment ? xdp_mode_said(device->attachment->mode) : NULL, "wanted_mode",
		xdp_mode_said(device->config.mode), "owned", owned_by(device), "linker",
		device->live ? device->live->made_by->name : NULL, "generation",
		(json_int_t)device->generation, "interop", device->config.interop ? "libxdp" : NULL,
		"setting_owners", strings_encode(&device->config.owners), "note",
		note ? text_encode(note) : NULL, "unconfirmed",
		encode_unconfirmed(device->rollback), "rootlet",
		device->live ? encode_rootlet(device) : NULL, "policy",
		device->chain.policy ? device->chain.policy->name : NULL, "policy_untrusted",
		encode_policy_untrusted(device, control_signing(control)), "suspended",
		device->config.suspended ? json_true() : NULL, "components", components);
	return *ret ? 0 : error_memory(error);
}

/* The devices encoded so far. */
struct encoding {
	json_t *devices;
	const struct control *control;
	const char *owner;
};

/*
 * Does anything on the device belong to the owner? In contrast to device_has_owner(), a component that ends with its
 * client counts, because packets run it. NULL: every device is shown.
 */
static bool is_shown(const struct device *device, const char *owner)
{
	if (!owner || setting_owners_have_any(&device->config.owners, owner))
		return true;
	for (size_t i = 0; i < device->chain.n_entries; i++)
		if (entry_belongs_to(&device->chain.entries[i], owner))
			return true;
	return false;
}

static int append_device(void *userdata, const struct device *device, struct error *error)
{
	const struct encoding *encoding = userdata;
	json_t *encoded;
	int result;

	if (!is_shown(device, encoding->owner))
		return 0;
	result = encode_device(device, encoding->owner, encoding->control, &encoded, error);
	if (result == 0 && json_array_append_new(encoding->devices, encoded) < 0)
		return error_memory(error);
	return result;
}

static int append_orphan(json_t *devices, const struct orphan *item, struct error *error)
{
	const struct netdev_name *name = &item->name;
	json_t *ifname = *name->ifname ? text_encode(name->ifname)
				       : json_sprintf("(ifindex %u)", item->ifindex);
	json_t *json = json_pack("{s:o, s:o*, s:I, s:s, s:i, s:o, s:[]}", "ifname", ifname, "netns",
				 name->netns ? text_encode(name->netns) : NULL, "ifindex",
				 (json_int_t)item->ifindex, "state", "unknown", "generation", 0,
				 "note", text_encode(item->sentence), "components");

	return json && json_array_append_new(devices, json) == 0 ? 0 : error_memory(error);
}

/* Leaves out devices that have disappeared. `ifname` is NULL for all devices. */
static int append_orphans(json_t *devices, const struct control *control, const char *ifname,
			  const char *netns, size_t *ret_count, struct error *error)
{
	const struct orphans *orphans = control_orphans(control);
	bool is_any = !ifname && !netns;
	int result = 0;

	*ret_count = 0;
	for (size_t i = 0; result == 0 && i < orphans->n_items; i++) {
		const struct orphan *item = &orphans->items[i];

		if ((ifname && strcmp(item->name.ifname, ifname) != 0) ||
		    !(is_any || same_netns(item->name.netns, netns)) ||
		    !orphan_runs(control_pin_directories(control), item))
			continue;
		result = append_orphan(devices, item, error);
		++*ret_count;
	}
	return result;
}

static int append_named(json_t *devices, const struct control *control,
			const struct status_request *request, char *ifname, struct error *error)
{
	const struct strings one = { 1, &ifname };
	struct encoding encoding = { devices, control, request->owner };
	cleanup(freep) char *path = NULL;
	size_t count = 0;
	int result = netns_path(request->netns, &path, error);

	if (result == 0)
		result = append_orphans(devices, control, ifname, path, &count, error);
	if (result < 0 || count)
		return result;
	return device_select(control_registry(control), &one, request->netns, append_device,
			     &encoding, error);
}

static int append_all(json_t *devices, const struct control *control,
		      const struct status_request *request, struct error *error)
{
	struct encoding encoding = { devices, control, request->owner };
	cleanup(freep) char *path = NULL;
	size_t count;
	int result = netns_path(request->netns, &path, error);

	if (result == 0)
		result = device_select(control_registry(control), &request->devices, request->netns,
				       append_device, &encoding, error);
	if (result < 0 || request->owner) /* nothing is known about orphans */
		return result;
	return append_orphans(devices, control, NULL, path, &count, error);
}

/* A file may be about any device, so a question about some devices is not about files. */
static json_t *encode_refused(const struct peer *peer, const struct status_request *request)
{
	if (request->devices.items)
		return NULL;
	return refused_files_encode(peer_context(peer)->refused_files, request->owner);
}

int method_status(struct peer *peer, void *userdata, struct error *error)
{
	const struct status_request *request = userdata;
	struct control *control = peer_context(peer)->control;
	cleanup(json_decrefp) json_t *devices = json_array();
	int result = 0;

	for (size_t i = 0; result == 0 && i < request->devices.n_items; i++)
		result = append_named(devices, control, request, request->devices.items[i], error);
	if (!request->devices.items)
		result = append_all(devices, control, request, error);
	if (result == 0)
		peer_reply(peer, json_pack("{s:O, s:o*}", "devices", devices, "refused_files",
					   encode_refused(peer, request)));
	control_look_at_redirects(control);
	return result;
}
