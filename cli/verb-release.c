// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

static const struct option_row options[] = {
	OPTION_DEV, OPTION_NETNS, OPTION_EXPECT_GENERATION, OPTION_CONFIRM, {},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct detach_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "release needs --dev");
	request->all = request->release = true;
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "all components detached");
}

const struct verb verb_release = {
	.name = "release",
	.summary = "Detach every component and stop managing the devices.",
	.method = METHOD_DETACH,
	.options = options,
	.prepare = prepare,
	.show = show,
};
