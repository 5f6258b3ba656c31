#include "cli/verbs.h"

#include <stdlib.h>
#include <string.h>

#define ROW(option, argument, kind, member, ...)                                             \
	{                                                                                    \
		option, argument, kind, offsetof(struct detach_request, member), __VA_ARGS__ \
	}

static const struct option_row options[] = {
	ROW("dev", "NAME", OPTION_TEXTS, devices, .help = "device; several times for several"),
	ROW("all", NULL, OPTION_FLAG, all, .help = "every component; the device stays ours"),
	ROW("release", NULL, OPTION_FLAG, release, .help = "give the emptied device up, too"),
	ROW("expect-generation", "N", OPTION_NUMBER, expect_generation,
	    .help = "refuse if a device has moved on"),
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct detach_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "detach needs --dev");
	if (!invocation->operand == !request->all)
		return usage(invocation->verb,
			     "detach needs either the name of a component or --all");
	if (invocation->operand)
		request->name = strdup(invocation->operand);
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "detached");
}

const struct verb verb_detach = {
	.name = "detach",
	.operand = "[NAME]",
	.summary = "Takes a component, or all with --all, off devices, from all of them or none.",
	.method = METHOD_DETACH,
	.options = options,
	.prepare = prepare,
	.show = show,
};
