// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/relink.h"
#include "daemon/service/change-request.h"

int method_relink(struct peer *peer, void *userdata, struct error *error)
{
	static const struct strings no_devices;
	static const struct number no_generation;
	static const struct descriptors no_libraries;
	struct relink_request *request = userdata;
	struct relink_options *options;
	cleanup(change_drop) struct change *change = NULL;
	char *no_program = NULL;
	int result = change_request_new(CHANGE_RELINK, &no_devices, NULL, &no_generation,
					&request->confirm, &change, error);

	if (result < 0)
		return result;
	options = change->options;
	result = source_read(change, &options->source, request->object, &no_libraries,
			     request->signatures, &no_program, error);
	if (result < 0)
		return result;
	options->library = steal(request->library);
	return change_submit_any(peer, steal(change), error);
}
