// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/chain/lease.h"
#include "daemon/service/context.h"
#include "daemon/service/dispatch.h"
#include "daemon/state/registry.h"

#include <string.h>

static int check_key(const char *key, struct error *error)
{
	size_t length = strlen(key);

	if (length >= LEASE_KEY_MIN && length <= LEASE_KEY_MAX)
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -ERANGE,
			 "Lease: the key has %zu characters; use %d to %d", length, LEASE_KEY_MIN,
			 LEASE_KEY_MAX);
}

static json_t *encode_components(const struct registry *registry, uint64_t lease)
{
	json_t *list = json_array();

	for (size_t i = 0; i < registry->n_devices; i++) {
		const struct device *device = registry->devices[i];

		for (size_t j = 0; j < device->chain.n_entries; j++)
			if (device->chain.entries[j].lease == lease)
				json_array_append_new(
					list, json_pack("{s:o, s:o*, s:s}", "ifname",
							text_encode(device->ifname), "netns",
							device->netns_path
								? text_encode(device->netns_path)
								: NULL,
							"name", device->chain.entries[j].name));
	}
	return list;
}

int method_lease(struct peer *peer, void *userdata, struct error *error)
{
	const struct lease_request *request = userdata;
	uint64_t lease = LEASE_ENDED;
	bool claimed = false;
	int result = check_key(request->key, error);

	if (result == 0 && request->claim)
		claimed = peer_claim_lease(peer, request->key, &lease);
	else if (result == 0)
		result = peer_begin_lease(peer, request->key, error);
	if (result < 0)
		return result;
	peer_reply(peer,
		   json_pack("{s:b, s:o}", "claimed", claimed, "components",
			     claimed ? encode_components(
					       control_registry(peer_context(peer)->control), lease)
				     : json_array()));
	return 0;
}
