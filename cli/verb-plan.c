// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/chains-file.h"
#include "cli/plan-text.h"
#include "cli/show.h"

static const struct option_row options[] = {
	OPTION_OWNER,
	OPTION_ALLOW_MAP_CHANGE,
	OPTION_ALLOW_ABSENT,
	OPTION_EXPECT_GENERATION,
	{ "check", NULL, NULL, "exit with status 4 if there is anything to change" },
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct apply_request *request = userdata;

	request->dry_run = true;
	return chains_file_read(invocation->operands[0], request);
}

static enum exit_status answer(const struct invocation *invocation, const json_t *parameters)
{
	if (invocation->json)
		show_json(parameters);
	else
		plans_show(parameters, true);
	return option_given(invocation, "check") && plans_change_anything(parameters) ? EXIT_CHANGES
										      : EXIT_DONE;
}

const struct verb verb_plan = {
	.name = "plan",
	.operands = { "FILE" },
	.summary = "Show what apply would do, without changing anything.",
	.method = METHOD_APPLY,
	.options = options,
	.prepare = prepare,
	.answer = answer,
};
