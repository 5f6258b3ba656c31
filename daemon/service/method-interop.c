#include "daemon/service/change-request.h"

int method_interop(struct peer *peer, void *userdata, struct error *error)
{
	struct interop_request *request = userdata;
	struct change *change = NULL;
	int result = change_new(CHANGE_INTEROP, &request->devices, request->netns,
				&request->expect_generation, &request->confirm, &change, error);

	if (result < 0)
		return result;
	change->interop = request->interop; /* the interface's names are in the order of the enum */
	return change_submit(peer, change, error);
}
