// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/control/edit/interop.h"
#include "daemon/service/change-request.h"

int method_interop(struct peer *peer, void *userdata, struct error *error)
{
	struct interop_request *request = userdata;
	struct interop_options *options;
	struct change *change = NULL;
	int result = change_request_new(CHANGE_INTEROP, &request->devices, request->netns,
					&request->expect_generation, &request->confirm, &change,
					error);

	if (result < 0)
		return result;
	options = change->options;
	options->interop =
		request->interop; /* the interface's names are in the order of the enum */
	return change_submit(peer, change, error);
}
