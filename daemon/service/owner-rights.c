// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/owner-rights.h"

#include "base/cleanup.h"
#include "daemon/service/context.h"
#include "daemon/service/owner-setting.h"
#include "daemon/state/registry.h"

#include <string.h>

/* Copies the grants of the client; free with grants_done(), also after an error. */
static int copy_grants(const struct peer *peer, struct grants *ret, struct error *error)
{
	const struct grants *grants = &peer_context(peer)->settings->grants;
	const struct credentials *client = peer_credentials(peer);
	int result = 0;

	for (size_t i = 0; result == 0 && i < grants->n_items; i++)
		if (client->grants & 1ull << i)
			result = grants_append(ret, &grants->items[i], error);
	return result;
}

static int refuse_owner(const char *owner, const struct grants *grants, struct error *error)
{
	error_set(error, ERROR_NO_PERMISSION, -EPERM,
		  "the request is for components of owner '%.80s'", owner);
	grants_explain(grants, GRANTS_ALL, error);
	return -EPERM;
}

static int ask_for_owner(const struct grants *grants, struct error *error)
{
	error_set(error, ERROR_NO_PERMISSION, -EPERM, "the request names no owner (--owner)");
	grants_explain(grants, GRANTS_ALL, error);
	return -EPERM;
}

int owner_rights_choose(const struct peer *peer, enum right right, char **owner,
			struct error *error)
{
	cleanup(grants_done) struct grants grants = {};
	int result;

	if (peer_credentials(peer)->may[right])
		return 0;
	result = copy_grants(peer, &grants, error);
	if (result < 0)
		return result;
	if (*owner)
		return grants_find(&grants, *owner) ? 0 : refuse_owner(*owner, &grants, error);
	if (grants.n_items != 1)
		return ask_for_owner(&grants, error);
	*owner = strdup(grants.items[0].owner);
	return *owner ? 0 : error_memory(error);
}

int owner_rights_limit(const struct peer *peer, struct change *change, struct error *error)
{
	const struct credentials *client = peer_credentials(peer);

	if (client->may[RIGHT_CHANGE])
		return 0;
	change->is_limited = true;
	change->uid = client->uid;
	return copy_grants(peer, &change->grants, error);
}

bool owner_rights_cover_object(const struct peer *peer, const char *sha256)
{
	const struct registry *registry = control_registry(peer_context(peer)->control);
	const struct grants *grants = &peer_context(peer)->settings->grants;
	const struct credentials *client = peer_credentials(peer);

	if (client->may[RIGHT_CHANGE])
		return true;
	for (size_t i = 0; i < grants->n_items; i++)
		if (client->grants & 1ull << i &&
		    registry_find_label_of(registry, grants->items[i].owner, sha256))
			return true;
	return false;
}
