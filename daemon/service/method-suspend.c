// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/change-request.h"

static int submit(struct peer *peer, enum change_number kind, const struct suspend_request *request,
		  struct error *error)
{
	struct change *change = NULL;
	int result = change_request_new(kind, &request->devices, request->netns,
					&request->expect_generation, &request->confirm, &change,
					error);

	return result < 0 ? result : change_submit(peer, change, error);
}

int method_suspend(struct peer *peer, void *userdata, struct error *error)
{
	return submit(peer, CHANGE_SUSPEND, userdata, error);
}

int method_resume(struct peer *peer, void *userdata, struct error *error)
{
	return submit(peer, CHANGE_RESUME, userdata, error);
}
