// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

#include <string.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "prio", "N", "priority", "priority, 0 to 65535; lower runs first" },
	{ "before", "NAME", "before", "run directly before this component" },
	{ "after", "NAME", "after", "run directly after this component" },
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct move_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "move needs --dev");
	if (!request->priority.given && !request->before && !request->after)
		return usage(invocation->verb, "move needs --prio, --before or --after");
	if (request->before && request->after)
		return usage(invocation->verb, "move takes --before or --after, not both");
	request->name = strdup(invocation->operands[0]);
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "moved");
}

const struct verb verb_move = {
	.name = "move",
	.operands = { "NAME" },
	.summary = "Move a component to another place in the chain.",
	.method = METHOD_MOVE,
	.options = options,
	.prepare = prepare,
	.show = show,
};
