// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

#include <stdlib.h>
#include <string.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "all", NULL, "all", "detach every component; xdpd keeps managing the device" },
	{ "release", NULL, "release",
	  "also release the device, which must then have no components" },
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct detach_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "detach needs --dev");
	if (!invocation->operands[0] && !request->all)
		return usage(invocation->verb, "detach needs a component name or --all");
	if (invocation->operands[0] && request->all)
		return usage(invocation->verb, "detach takes a component name or --all, not both");
	if (invocation->operands[0])
		request->name = strdup(invocation->operands[0]);
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	const json_t *first = json_array_get(json_object_get(parameters, "results"), 0);
	bool named = json_object_get(first, "name");

	show_results(parameters, named ? "detached" : "all components detached");
}

const struct verb verb_detach = {
	.name = "detach",
	.operands = { "[NAME]" },
	.summary = "Detach a component, or all of them, from one or more devices.",
	.method = METHOD_DETACH,
	.options = options,
	.prepare = prepare,
	.show = show,
};
