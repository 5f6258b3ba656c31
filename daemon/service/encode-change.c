// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/service/encode-change.h"

#include "base/cleanup.h"
#include "base/json.h"
#include "daemon/service/encode-plan.h"

static json_t *encode_result(const struct device_result *result)
{
	json_t *object = json_pack("{s:o, s:o*, s:I, s:o*, s:I, s:o*}", "ifname",
				   text_encode(result->ifname), "netns",
				   result->netns ? text_encode(result->netns) : NULL, "ifindex",
				   (json_int_t)result->ifindex, "name",
				   result->name ? text_encode(result->name) : NULL, "generation",
				   (json_int_t)result->generation, "note",
				   result->note ? text_encode(result->note) : NULL);

	if (object && result->mode != MODE_UNSET)
		json_object_set_new(object, "mode", json_string(xdp_mode_name(result->mode)));
	if (object && result->confirm_within)
		json_object_set_new(object, "confirm_within", json_integer(result->confirm_within));
	return object;
}

static json_t *encode_plans(const struct change_result *result)
{
	json_t *plans = json_array();

	for (size_t i = 0; i < result->n_plans; i++)
		json_array_append_new(plans, plan_encode(&result->plans[i]));
	return plans;
}

json_t *change_result_encode(const void *userdata)
{
	const struct change_result *result = userdata;
	json_t *results = json_array();

	for (size_t i = 0; i < result->n_devices; i++)
		json_array_append_new(results, encode_result(&result->devices[i]));
	return json_pack("{s:o, s:o*}", "results", results, "plan",
			 result->n_plans ? encode_plans(result) : NULL);
}
