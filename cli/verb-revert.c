#include "cli/verbs.h"

static const struct option_row options[] = {
	{ "dev", "NAME", "devices",
	  "the change of this device, and of those changed with it; several times for several" },
	OPTION_NETNS,
	{},
};

static void show(const json_t *parameters)
{
	show_results(parameters, "put back");
}

const struct verb verb_revert = {
	.name = "revert",
	.summary = "Puts back at once what was changed with --confirm, and is not confirmed.",
	.method = METHOD_REVERT,
	.options = options,
	.show = show,
};
