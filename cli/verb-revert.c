// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "only the change that includes this device (repeatable)" },
	OPTION_NETNS,
	{},
};

static void show(const json_t *parameters)
{
	show_results(parameters, "change rolled back");
}

const struct verb verb_revert = {
	.name = "revert",
	.summary = "Roll back changes made with --confirm without waiting.",
	.method = METHOD_REVERT,
	.options = options,
	.show = show,
};
