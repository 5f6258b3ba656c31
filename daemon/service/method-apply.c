// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/apply-options.h"
#include "daemon/service/apply-request.h"
#include "daemon/service/change-request.h"
#include "daemon/service/owner-rights.h"

int method_apply(struct peer *peer, void *userdata, struct error *error)
{
	const struct settings *settings = peer_context(peer)->settings;
	struct apply_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	const struct apply_options *options;
	struct strings devices = {};
	int result = owner_rights_choose(peer, RIGHT_CHANGE, &request->owner, error)
			     ?: apply_request_list_devices(request, &devices, error);

	if (result == 0)
		result = change_request_new(CHANGE_APPLY, &devices, NULL,
					    &request->expect_generation, &request->confirm, &change,
					    error);
	free(devices.items);
	if (result == 0)
		result = apply_request_take(request, settings->max_object_buffer, change, error);
	if (result == 0) {
		change->offers_absent = true;
		change->allow_absent = request->allow_absent;
	}
	if (result < 0)
		return result;
	options = change->options;
	if (options->owner) /* whose components may be on devices that the request does not name */
		return change_submit_any(peer, steal(change), error);
	return change_submit(peer, steal(change), error);
}
