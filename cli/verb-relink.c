// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/open.h"
#include "cli/show.h"
#include "cli/signatures.h"
#include "cli/verb.h"

#include <string.h>

static const struct option_row options[] = {
	OPTION_SIGNATURE,
	OPTION_CONFIRM,
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct relink_request *request = userdata;
	enum exit_status status;

	request->library = strdup(invocation->operands[0]);
	status = open_object(invocation->operands[1], &request->object);
	return status != EXIT_DONE ? status
				   : signatures_open(invocation, invocation->operands[1], NULL,
						     &request->signatures);
}

static void show(const json_t *parameters)
{
	show_results(parameters, "relinked");
}

const struct verb verb_relink = {
	.name = "relink",
	.operands = { "LIBRARY", "OBJECT" },
	.summary = "Replace a library in every component that uses it.",
	.method = METHOD_RELINK,
	.options = options,
	.prepare = prepare,
	.show = show,
};
