#include "base/cleanup.h"
#include "daemon/service/change-request.h"

int method_replace(struct peer *peer, void *userdata, struct error *error)
{
	struct replace_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	int result;

	result = change_new(CHANGE_REPLACE, &request->devices, request->netns,
			    &request->expect_generation, &request->confirm, &change, error);
	if (result < 0)
		return result;
	result = source_read(&change->replace.source, request->object, &request->libraries,
			     &request->program, error);
	if (result < 0)
		return result;
	change->replace.source.devbound = request->devbound;
	change->replace.name = steal(request->name);
	source_take_options(&change->replace.source, &request->set, &request->share_maps,
			    &request->pins);
	change->replace.fresh_maps = request->fresh_maps;
	change->replace.allow_map_change = request->allow_map_change;
	return change_submit(peer, steal(change), error);
}
