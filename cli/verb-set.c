// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

#include <string.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "prio", "N", "priority", "priority, 0 to 65535; lower runs first (default: unchanged)" },
	{ "proceed-on", "LIST", "proceed_on",
	  "verdicts after which the next component runs, such as pass,tx\n"
	  "(default: unchanged)" },
	OPTION_ALLOW_VERDICTS("unchanged"),
	OPTION_MAP_OWNER("unchanged"),
	OPTION_MAP_MODE("unchanged"),
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct move_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "set needs --dev");
	if (!request->priority.given && !request->proceed_on.given &&
	    !request->allow_verdicts.given && !request->map_owner && !request->map_mode)
		return usage(invocation->verb, "set needs --prio, --proceed-on, "
					       "--allow-verdicts, --map-owner or --map-mode");
	request->name = strdup(invocation->operands[0]);
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "updated");
}

const struct verb verb_set = {
	.name = "set",
	.operands = { "NAME" },
	.summary = "Change a component's priority, verdicts or the owner of its maps.",
	.method = METHOD_MOVE,
	.options = options,
	.prepare = prepare,
	.show = show,
};
