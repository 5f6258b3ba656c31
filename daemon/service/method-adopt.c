// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/change-request.h"

int method_adopt(struct peer *peer, void *userdata, struct error *error)
{
	struct adopt_request *request = userdata;
	struct change *change = NULL;
	int result = change_request_new(CHANGE_ADOPT, &request->devices, request->netns,
					&request->expect_generation, &request->confirm, &change,
					error);

	return result < 0 ? result : change_submit(peer, change, error);
}
