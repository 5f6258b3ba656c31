// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/policy.h"
#include "daemon/service/change-request.h"

int method_set_policy(struct peer *peer, void *userdata, struct error *error)
{
	struct set_policy_request *request = userdata;
	struct policy_options *options;
	cleanup(change_drop) struct change *change = NULL;
	int result = change_request_new(CHANGE_SET_POLICY, &request->devices, request->netns,
					&request->expect_generation, &request->confirm, &change,
					error);

	if (result < 0)
		return result;
	options = change->options;
	result = source_read(change, &options->source, request->object, &request->libraries,
			     request->signatures, &request->program, error);
	if (result < 0)
		return result;
	options->park = request->park;
	return change_submit(peer, steal(change), error);
}
