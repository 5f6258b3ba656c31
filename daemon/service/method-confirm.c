// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/change-request.h"

/* A request without devices is about all unconfirmed changes. */
static int decide(enum change_number kind, struct peer *peer, void *userdata, struct error *error)
{
	const struct decide_request *request = userdata;
	const struct number any = {};
	struct change *change = NULL;
	int result = change_request_new(kind, &request->devices, request->netns, &any, &any,
					&change, error);

	return result < 0 ? result : change_submit_any(peer, change, error);
}

int method_confirm(struct peer *peer, void *request, struct error *error)
{
	return decide(CHANGE_CONFIRM, peer, request, error);
}

int method_revert(struct peer *peer, void *request, struct error *error)
{
	return decide(CHANGE_REVERT, peer, request, error);
}
