// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	const struct adopt_request *request = userdata;

	return request->devices.n_items ? EXIT_DONE : usage(invocation->verb, "adopt needs --dev");
}

static void show(const json_t *parameters)
{
	show_results(parameters, "programs adopted");
}

const struct verb verb_adopt = {
	.name = "adopt",
	.summary = "Take over the XDP programs of another loader, such as libxdp.",
	.method = METHOD_ADOPT,
	.options = options,
	.prepare = prepare,
	.show = show,
};
