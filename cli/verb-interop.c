// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

static const struct option_row options[] = {
	OPTION_DEV, OPTION_NETNS, OPTION_EXPECT_GENERATION, OPTION_CONFIRM, {},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	const struct field *field = field_find(methods[METHOD_INTEROP].in, "interop");
	struct interop_request *request = userdata;
	char choices[CHOICES_TEXT_MAX];

	if (!request->devices.n_items)
		return usage(invocation->verb, "interop needs --dev");
	request->interop = choice_find(field->type, invocation->operands[0]);
	if (request->interop)
		return EXIT_DONE;
	return usage(invocation->verb, "invalid argument '%s'; use one of %s",
		     invocation->operands[0], choices_format(field->type, choices));
}

static void show(const json_t *parameters)
{
	show_results(parameters, "interop setting changed");
}

const struct verb verb_interop = {
	.name = "interop",
	.operands = { "none|libxdp" },
	.summary = "Start or stop listing components to libxdp's tools (xdp-loader status).",
	.method = METHOD_INTEROP,
	.options = options,
	.prepare = prepare,
	.show = show,
};
