// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

static const struct option_row options[] = {
	OPTION_DEV, OPTION_NETNS, OPTION_EXPECT_GENERATION, OPTION_CONFIRM, {},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	const struct suspend_request *request = userdata;

	return request->devices.n_items
		       ? EXIT_DONE
		       : usage(invocation->verb, "%s needs --dev", invocation->verb->name);
}

static void show_suspended(const json_t *parameters)
{
	show_results(parameters, "suspended, packets bypass the chain");
}

static void show_resumed(const json_t *parameters)
{
	show_results(parameters, "resumed");
}

const struct verb verb_suspend = {
	.name = "suspend",
	.summary = "Let packets bypass the chain; everything stays loaded.",
	.method = METHOD_SUSPEND,
	.options = options,
	.prepare = prepare,
	.show = show_suspended,
};

const struct verb verb_resume = {
	.name = "resume",
	.summary = "Let packets run the chain of a suspended device again.",
	.method = METHOD_RESUME,
	.options = options,
	.prepare = prepare,
	.show = show_resumed,
};
