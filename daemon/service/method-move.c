// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/move.h"
#include "daemon/service/change-request.h"

int method_move(struct peer *peer, void *userdata, struct error *error)
{
	struct move_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct component_options *options;
	int result;

	if (request->before && request->after)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Move: give before or after, not both");
	result = change_request_new(CHANGE_MOVE, &request->devices, request->netns,
				    &request->expect_generation, &request->confirm, &change, error);
	if (result < 0)
		return result;
	options = &((struct move_options *)change->options)->component;
	result = map_permissions_read(request->map_owner, request->map_mode,
				      &options->map_permissions, error);
	if (result < 0)
		return result;
	options->name = steal(request->name);
	settings_take(&request->priority, &request->proceed_on, &request->allow_verdicts, options);
	options->before = steal(request->before);
	options->after = steal(request->after);
	return change_submit(peer, steal(change), error);
}
