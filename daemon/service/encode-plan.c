// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/encode-plan.h"

#include "base/json.h"

static json_t *encode_differences(const struct diff *diff)
{
	json_t *list = json_array();

	for (size_t i = 0; i < diff->n_items; i++) {
		const struct field_diff *difference = &diff->items[i];

		json_array_append_new(
			list, json_pack("{s:s, s:o*, s:o*}", "field", difference->field, "before",
					difference->before ? text_encode(difference->before) : NULL,
					"after",
					difference->after ? text_encode(difference->after) : NULL));
	}
	return list;
}

static json_t *encode_step(const struct step *step)
{
	return json_pack("{s:o, s:s, s:o, s:o*}", "name", text_encode(step->name), "action",
			 action_name(step->action), "differences", encode_differences(&step->diff),
			 "verified", step->is_loaded ? json_integer(step->verified) : NULL);
}

json_t *plan_encode(const struct plan *plan)
{
	json_t *steps = json_array();

	for (size_t i = 0; i < plan->n_steps; i++)
		json_array_append_new(steps, encode_step(&plan->steps[i]));
	return json_pack("{s:o, s:o*, s:I, s:b, s:o, s:o, s:o}", "ifname",
			 text_encode(plan->ifname), "netns",
			 plan->netns ? text_encode(plan->netns) : NULL, "generation",
			 (json_int_t)plan->generation, "changes", plan->changes, "differences",
			 encode_differences(&plan->diff), "steps", steps, "warnings",
			 strings_encode(&plan->warnings) ?: json_array());
}
