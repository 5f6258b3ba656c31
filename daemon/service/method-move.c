#include "base/cleanup.h"
#include "daemon/service/change-request.h"

int method_move(struct peer *peer, void *userdata, struct error *error)
{
	struct move_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	int result;

	if (request->before && request->after)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Move: give before or after, not both");
	result = change_new(CHANGE_MOVE, &request->devices, request->netns,
			    &request->expect_generation, &request->confirm, &change, error);
	if (result == 0)
		result = map_permissions_read(request->map_owner, request->map_mode,
					      &change->move.map_permissions, error);
	if (result < 0)
		return result;
	change->move.name = steal(request->name);
	change->move.has_priority = request->priority.given;
	change->move.priority = request->priority.value;
	change->move.has_proceed = request->proceed_on.given;
	change->move.proceed = request->proceed_on.value;
	change->move.has_forbidden = request->allow_verdicts.given;
	change->move.forbidden = forbidden_verdicts(&request->allow_verdicts);
	change->move.before = steal(request->before);
	change->move.after = steal(request->after);
	return change_submit(peer, steal(change), error);
}
