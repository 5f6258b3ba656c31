#include "cli/verbs.h"

#include <stdlib.h>
#include <string.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "all", NULL, "all", "every component; the device stays ours" },
	{ "release", NULL, "release", "give the emptied device up, too" },
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct detach_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "detach needs --dev");
	if (!invocation->operands[0] == !request->all)
		return usage(invocation->verb,
			     "detach needs either the name of a component or --all");
	if (invocation->operands[0])
		request->name = strdup(invocation->operands[0]);
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "detached");
}

const struct verb verb_detach = {
	.name = "detach",
	.operands = { "[NAME]" },
	.summary = "Takes a component, or all with --all, off devices, all or none.",
	.method = METHOD_DETACH,
	.options = options,
	.prepare = prepare,
	.show = show,
};
