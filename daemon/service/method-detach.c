// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/detach.h"
#include "daemon/service/change-request.h"

int method_detach(struct peer *peer, void *userdata, struct error *error)
{
	struct detach_request *request = userdata;
	struct change *change = NULL;
	struct detach_options *options;
	int result;

	if (!request->name == !request->all)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Detach: give either name or all");
	result = change_request_new(CHANGE_DETACH, &request->devices, request->netns,
				    &request->expect_generation, &request->confirm, &change, error);
	if (result < 0)
		return result;
	options = change->options;
	options->name = steal(request->name);
	options->all = request->all;
	options->release = request->release;
	return change_submit(peer, change, error);
}
