// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/service/apply-request.h"
#include "daemon/service/change-request.h"

int method_apply(struct peer *peer, void *userdata, struct error *error)
{
	const struct settings *settings = peer_context(peer)->settings;
	struct apply_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct strings devices = {};
	int result = apply_request_list_devices(request, &devices, error);

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
	return result < 0 ? result : change_submit(peer, steal(change), error);
}
