// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/chains-file.h"
#include "cli/plan-text.h"
#include "cli/show.h"

static const struct option_row options[] = {
	OPTION_OWNER,	     OPTION_ALLOW_MAP_CHANGE,
	OPTION_ALLOW_ABSENT, OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,	     {},
};

static enum exit_status prepare(const struct invocation *invocation, void *request)
{
	return chains_file_read(invocation->operands[0], request);
}

static void show(const json_t *parameters)
{
	plans_show(parameters, false);
	show_results(parameters, "now matches the file");
}

const struct verb verb_apply = {
	.name = "apply",
	.operands = { "FILE" },
	.summary = "Make devices run exactly what a chain file says.",
	.method = METHOD_APPLY,
	.options = options,
	.prepare = prepare,
	.show = show,
};
