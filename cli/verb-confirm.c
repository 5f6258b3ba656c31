#include "cli/verbs.h"

static const struct option_row options[] = {
	{ "dev", "NAME", "devices",
	  "the change of this device, and of those changed with it; several times for several" },
	OPTION_NETNS,
	{},
};

static void show(const json_t *parameters)
{
	show_results(parameters, "confirmed");
}

const struct verb verb_confirm = {
	.name = "confirm",
	.summary = "Keeps what was changed with --confirm, on all devices or those named.",
	.method = METHOD_CONFIRM,
	.options = options,
	.show = show,
};
