// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/replace.h"
#include "daemon/service/change-request.h"

int method_replace(struct peer *peer, void *userdata, struct error *error)
{
	struct replace_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct replace_options *options;
	int result;

	result = change_request_new(CHANGE_REPLACE, &request->devices, request->netns,
				    &request->expect_generation, &request->confirm, &change, error);
	if (result < 0)
		return result;
	options = change->options;
	result = source_read(change, &options->source, request->object, &request->libraries,
			     request->signatures, &request->program, error);
	if (result < 0)
		return result;
	options->source.devbound = request->devbound;
	options->name = steal(request->name);
	source_take_options(&options->source, &request->set, &request->share_maps, &request->pins);
	options->reuse.fresh_maps = request->fresh_maps;
	options->reuse.allow_map_change = request->allow_map_change;
	return change_submit(peer, steal(change), error);
}
