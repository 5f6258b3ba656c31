#include "cli/verbs.h"

#include <string.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "proceed-on", "LIST", "proceed_on",
	  "after these verdicts the next one runs, as pass,tx" },
	OPTION_ALLOW_VERDICTS,
	OPTION_MAP_OWNER,
	OPTION_MAP_MODE,
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct move_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "set needs --dev");
	if (!request->proceed_on.given && !request->allow_verdicts.given && !request->map_owner &&
	    !request->map_mode)
		return usage(invocation->verb, "set needs --proceed-on, --allow-verdicts, "
					       "--map-owner or --map-mode");
	request->name = strdup(invocation->operands[0]);
	return EXIT_DONE;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "set");
}

const struct verb verb_set = {
	.name = "set",
	.operands = { "NAME" },
	.summary = "Gives a component another proceed set or limit, or its maps other owners; its "
		   "program stays loaded.",
	.method = METHOD_MOVE,
	.options = options,
	.prepare = prepare,
	.show = show,
};
