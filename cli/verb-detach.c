#include "cli/verbs.h"

#include <stdlib.h>
#include <string.h>

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "device; several times for several" },
	{ "netns", "NAME|PATH", "netns",
	  "network namespace of the devices (default: the daemon\'s)" },
	{ "all", NULL, "all", "every component; the device stays ours" },
	{ "release", NULL, "release", "give the emptied device up, too" },
	{ "expect-generation", "N", "expect_generation", "refuse if a device has moved on" },
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
