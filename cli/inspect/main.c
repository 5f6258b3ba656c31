// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * The program that 'xdpctl inspect' runs: the only verb that calls the kernel for the parser, with libbpf.
 */
#include "cli/command.h"
#include "cli/inspect/inspect.h"
#include "cli/inspect/text.h"
#include "cli/open.h"
#include "cli/verbs.h"
#include "object/libbpf-log.h"

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct inspect_request *request = userdata;

	if (!request->policy != !request->slot)
		return usage(invocation->verb, "inspect needs --policy and --slot together");
	return open_object(invocation->operands[0], &request->object);
}

static int reply(const struct invocation *invocation, const void *request, json_t **ret,
		 struct error *error)
{
	(void)invocation;
	libbpf_log_init();
	return inspect_object(request, ret, error);
}

/* The exit status tells scripts whether attach would work. */
static enum exit_status judge(const json_t *inspected)
{
	return json_is_true(json_object_get(inspected, "attachable")) ? EXIT_DONE : EXIT_REFUSED;
}

int main(int argc, char **argv)
{
	struct verb inspect = verb_inspect;

	inspect.prepare = prepare;
	inspect.reply = reply;
	inspect.show = inspect_show;
	inspect.judge = judge;
	return command(argc, argv, &inspect);
}
