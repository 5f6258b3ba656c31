// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "daemon/control/edit/attach.h"
#include "daemon/service/change-request.h"
#include "daemon/service/owner-rights.h"

/* A policy decides order and verdicts itself. */
static int check_slot(const struct attach_request *request, struct error *error)
{
	if (!request->slot ||
	    (!request->component.priority.given && !request->component.proceed_on.given &&
	     !request->component.allow_verdicts.given && !request->before && !request->after &&
	     !request->component.on_failure))
		return 0;
	return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
			 "Attach: slot cannot be combined with an order, proceed_on, "
			 "allow_verdicts or on_failure; the policy decides these");
}

int method_attach(struct peer *peer, void *userdata, struct error *error)
{
	struct attach_request *request = userdata;
	cleanup(change_drop) struct change *change = NULL;
	struct attach_options *options;
	int result;

	if (request->before && request->after)
		return error_set(error, ERROR_INVALID_ARGUMENT, -EINVAL,
				 "Attach: give before or after, not both");
	result = owner_rights_choose(peer, RIGHT_CHANGE, &request->component.owner, error)
			 ?: check_slot(request, error)
			 ?: change_request_new(CHANGE_ATTACH, &request->devices, request->netns,
					       &request->expect_generation, &request->confirm,
					       &change, error);
	if (result < 0)
		return result;
	options = change->options;
	result = options_take(&request->component, &options->component, error)
			 ?: source_read(change, &options->source, request->object,
					&request->libraries, request->signatures,
					&request->component.program, error);
	if (result < 0)
		return result;
	source_take_options(&options->source, &request->component.set,
			    &request->component.share_maps, &request->pins);
	options->source.devbound = request->component.devbound;
	options->component.before = steal(request->before);
	options->component.after = steal(request->after);
	options->slot = steal(request->slot);
	options->match = steal(request->match);
	options->mode = request->mode; /* the interface's names are in the order of enum xdp_mode */
	options->interop = request->interop; /* and these of enum interop */
	if (request->while_connected)
		result = peer_lease(peer, &options->lease, error);
	return result < 0 ? result : change_submit(peer, steal(change), error);
}
