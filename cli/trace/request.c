// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/trace/request.h"

#include "base/cleanup.h"
#include "cli/trace/expression.h"

#include <net/if.h>

#define DROPS (VERDICT_BIT(VERDICT_ABORTED) | VERDICT_BIT(VERDICT_DROP))

enum exit_status trace_request_check(const struct invocation *invocation,
				     const struct trace_request *request)
{
	const struct verb *verb = invocation->verb;
	const char *expression = invocation->operands[0];

	if (!request->device && expression && if_nametoindex(expression))
		return usage(verb, "%s needs --dev (did you mean '--dev %s'?)", verb->name,
			     expression);
	if (!request->device)
		return usage(verb, "%s needs --dev", verb->name);
	if (option_given(invocation, "drops") && request->verdicts.given)
		return usage(verb, "%s takes either --drops or --verdict", verb->name);
	return EXIT_DONE;
}

enum exit_status trace_request_complete(const struct invocation *invocation,
					struct trace_request *request)
{
	const char *expression = invocation->operands[0];
	cleanup(freep) char *problem = NULL;

	if (option_given(invocation, "drops"))
		request->verdicts = (struct number){ true, DROPS };
	if (!expression)
		return EXIT_DONE;
	request->filter = expression_compile(expression, &problem);
	if (request->filter)
		return EXIT_DONE;
	report_error("invalid expression '%s': %s", expression, problem);
	return EXIT_USAGE;
}
