#include "base/cleanup.h"
#include "daemon/control/edit/move.h"
#include "daemon/service/change-request.h"

int method_move(struct peer *peer, void *userdata, struct error *error)
{
	struct move_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct move_options *options;
	int result;

	if (request->before && request->after)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Move: give before or after, not both");
	result = change_request_new(CHANGE_MOVE, &request->devices, request->netns,
				    &request->expect_generation, &request->confirm, &change, error);
	if (result < 0)
		return result;
	options = change->options;
	result = map_permissions_read(request->map_owner, request->map_mode,
				      &options->map_permissions, error);
	if (result < 0)
		return result;
	options->name = steal(request->name);
	options->has_priority = request->priority.given;
	options->priority = request->priority.value;
	options->has_proceed = request->proceed_on.given;
	options->proceed = request->proceed_on.value;
	options->has_forbidden = request->allow_verdicts.given;
	options->forbidden = forbidden_verdicts(&request->allow_verdicts);
	options->before = steal(request->before);
	options->after = steal(request->after);
	return change_submit(peer, steal(change), error);
}
