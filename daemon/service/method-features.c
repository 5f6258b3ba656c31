// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/linker.h"
#include "daemon/service/dispatch.h"

int method_features(struct peer *peer, void *request, struct error *error)
{
	const struct context *context = peer_context(peer);
	const struct features *features = context->features;
	const struct linker *linker = control_linker(context->control);
	json_t *list = json_array();

	(void)request;
	(void)error;
	for (enum feature feature = 0; feature < FEATURE_COUNT; feature++) {
		const struct feature_state *state = &features->state[feature];

		json_array_append_new(list, json_pack("{s:s, s:s, s:b, s:s}", "name",
						      feature_name(feature), "purpose",
						      feature_purpose(feature), "available",
						      state->available, "why", state->why));
	}
	peer_reply(peer,
		   json_pack("{s:s, s:s, s:s, s:I, s:o}", "kernel", features->kernel, "linker",
			     linker->type->name, "why", context->linker_why, "components_max",
			     (json_int_t)linker->type->components_max, "features", list));
	return 0;
}
