// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/kernel/component/policy-offers.h"
#include "daemon/kernel/component/policy-slots.h"
#include "daemon/service/client-netns.h"
#include "daemon/service/device-select.h"
#include "daemon/service/dispatch.h"
#include "daemon/service/encode-trust.h"
#include "daemon/state/device.h"
#include "daemon/state/find-device.h"
#include "daemon/state/registry.h"

static json_t *encode_slot(const struct chain *chain, const struct signature *slot)
{
	cleanup(freep) char *text = signature_format(slot);
	const struct entry *entry = chain_find_slot(chain, signature_name(slot));

	return json_pack("{s:s, s:s, s:s*}", "name", signature_name(slot), "signature", text ?: "?",
			 "component", entry ? entry->name : NULL);
}

static json_t *encode_slots(const struct chain *chain)
{
	cleanup(policy_slots_done) struct policy_slots slots = {};
	json_t *list = json_array();

	if (chain->policy->component)
		policy_slots_read(chain->policy->component, &slots, NULL);
	for (size_t i = 0; i < slots.n_items; i++)
		json_array_append_new(list, encode_slot(chain, &slots.items[i]));
	return list;
}

static json_t *encode_offer(const struct chain *chain, const struct signature *function)
{
	cleanup(freep) char *text = signature_format(function);
	json_t *users = json_array();

	for (size_t i = 0; i < chain->n_entries; i++) {
		const struct entry *entry = &chain->entries[i];

		if (!entry->parked && entry->component &&
		    strings_have(&entry->component->needs, signature_name(function)))
			json_array_append_new(users, text_encode(entry->name));
	}
	return json_pack("{s:s, s:s, s:o}", "name", signature_name(function), "signature",
			 text ?: "?", "components", users);
}

/* NULL: there are none. */
static json_t *encode_offers(const struct chain *chain)
{
	cleanup(policy_offers_done) struct policy_offers offers = {};
	json_t *list;

	if (chain->policy->component)
		policy_offers_read(chain->policy->component, &offers, NULL);
	list = offers.n_items ? json_array() : NULL;
	for (size_t i = 0; i < offers.n_items; i++)
		json_array_append_new(list, encode_offer(chain, &offers.items[i].signature));
	return list;
}

static int append_policy(json_t *policies, const struct device *device,
			 const struct signing *signing, struct error *error)
{
	const struct entry *policy = device->chain.policy;
	int result = -ENOMEM;
	const struct component *component = policy->component;
	cleanup(json_decrefp) json_t *trust = trust_encode(signing, &policy->spec);
	json_t *json = json_pack(
		"{s:o, s:o*, s:s, s:o*, s:o, s:o*, s:o, s:o*}", "ifname",
		text_encode(device->ifname), "netns",
		device->netns_path ? text_encode(device->netns_path) : NULL, "prog_name",
		policy->spec.program, "prog_id", component ? json_integer(component->id) : NULL,
		"object", json_sprintf("sha256:%s", policy->spec.sha256), "failure",
		policy->failure ? text_encode(policy->failure) : NULL, "slots",
		encode_slots(&device->chain), "offers", encode_offers(&device->chain));

	if (json_object_update(json, trust) == 0 && json_array_append(policies, json) == 0)
		result = 0;
	json_decref(json);
	return result < 0 ? error_memory(error) : 0;
}

static int append_named(json_t *policies, const struct control *control, const char *netns,
			const char *ifname, struct error *error)
{
	const struct registry *registry = control_registry(control);
	const struct device *device;
	int result = find_device_or_fail(registry, ifname, netns, &device, error);

	if (result < 0)
		return result;
	if (device->chain.policy)
		return append_policy(policies, device, control_signing(control), error);
	return error_set(error, ERROR_INVALID_ARGUMENT, -ENOENT, "%s has no policy",
			 device->ifname);
}

int method_policy(struct peer *peer, void *userdata, struct error *error)
{
	const struct policy_request *request = userdata;
	struct control *control = peer_context(peer)->control;
	const struct registry *registry = control_registry(control);
	cleanup(json_decrefp) json_t *policies = json_array();
	cleanup(freep) char *netns = NULL;
	int result = netns_path(request->netns, &netns, error);

	for (size_t i = 0; result == 0 && i < request->devices.n_items; i++)
		result = append_named(policies, control, netns, request->devices.items[i], error);
	for (size_t i = 0; result == 0 && !request->devices.items && i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		if (device->chain.policy && (!netns || same_netns(netns, device->netns_path)))
			result = append_policy(policies, device, control_signing(control), error);
	}
	if (result == 0)
		peer_reply(peer, json_pack("{s:O}", "policies", policies));
	return result;
}
