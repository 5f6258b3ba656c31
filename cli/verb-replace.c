// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/open.h"
#include "cli/show.h"
#include "cli/signatures.h"
#include "cli/verb.h"

#include <string.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "prog", "SYMBOL", "program", "program to use, if the object has several" },
	OPTION_SET,
	OPTION_LINK,
	OPTION_SIGNATURE,
	OPTION_MAP,
	OPTION_DEVBOUND,
	{ "fresh-maps", NULL, "fresh_maps",
	  "start with new maps (default: carry over maps of the same definition)" },
	OPTION_ALLOW_MAP_CHANGE,
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct replace_request *request = userdata;
	enum exit_status status;

	if (!request->devices.n_items)
		return usage(invocation->verb, "replace needs --dev");
	request->name = strdup(invocation->operands[0]);
	status = open_pins(&request->share_maps, &request->pins);
	if (status == EXIT_DONE)
		status = open_object(invocation->operands[1], &request->object);
	return status != EXIT_DONE ? status
				   : signatures_open(invocation, invocation->operands[1],
						     &request->libraries, &request->signatures);
}

static void show(const json_t *parameters)
{
	show_results(parameters, "replaced");
}

const struct verb verb_replace = {
	.name = "replace",
	.operands = { "NAME", "OBJECT" },
	.summary = "Replace a component's program; keep its maps and counters.",
	.method = METHOD_REPLACE,
	.options = options,
	.prepare = prepare,
	.show = show,
};
