// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/apply-directory.h"
#include "cli/chains-file.h"
#include "cli/plan-text.h"
#include "cli/show.h"

static const struct option_row options[] = {
	OPTION_OWNER,
	{ "directory", "DIR", NULL,
	  "apply every file DIR/NAME.json in the name of an owner of its own, and\n"
	  "remove what belongs to files that were removed" },
	OPTION_ALLOW_MAP_CHANGE,
	OPTION_ALLOW_ABSENT,
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status check_directory(const struct invocation *invocation,
					const struct apply_request *request)
{
	if (!invocation->operands[0] && !request->owner && !request->expect_generation.given &&
	    !request->confirm.given)
		return EXIT_DONE;
	return usage(invocation->verb, "--directory cannot be combined with FILE, --owner, "
				       "--expect-generation or --confirm");
}

static enum exit_status prepare(const struct invocation *invocation, void *request)
{
	if (option_given(invocation, "directory"))
		return check_directory(invocation, request);
	if (!invocation->operands[0])
		return usage(invocation->verb, "apply needs FILE or --directory");
	return chains_file_read(invocation->operands[0], request);
}

static void show(const json_t *parameters)
{
	plans_show(parameters, false);
	show_results(parameters, "matches the file");
}

static bool converse(const struct invocation *invocation, const void *userdata,
		     enum exit_status *ret_status, json_t **ret)
{
	const struct apply_request *request = userdata;
	const char *directory = option_given(invocation, "directory");

	*ret = NULL;
	if (directory)
		*ret_status = apply_directory(invocation, directory, request->allow_map_change,
					      show);
	return directory;
}

const struct verb verb_apply = {
	.name = "apply",
	.operands = { "[FILE]" },
	.summary = "Make devices run exactly what a chain file says.",
	.method = METHOD_APPLY,
	.options = options,
	.prepare = prepare,
	.converse = converse,
	.show = show,
};
