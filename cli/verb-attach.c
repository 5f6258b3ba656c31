// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/open.h"
#include "cli/run-command.h"
#include "cli/show.h"
#include "cli/signatures.h"
#include "cli/verb.h"

#include <stdio.h>

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "prio", "N", "priority",
	  "priority, 0 to 65535; lower runs first (default: the object's, else 50)" },
	{ "proceed-on", "LIST", "proceed_on",
	  "verdicts after which the next component runs, such as pass,tx\n"
	  "(default: the object's, else pass)" },
	OPTION_ALLOW_VERDICTS("all"),
	{ "name", "NAME", "name", "name of the component on the device (default: the program's)" },
	{ "owner", "NAME", "owner",
	  "owner that manages the component (see 'xdpctl apply --owner'; default: none)" },
	{ "prog", "SYMBOL", "program", "program to attach, if the object has several" },
	OPTION_LINK,
	OPTION_SIGNATURE,
	{ "before", "NAME", "before", "run directly before this component" },
	{ "after", "NAME", "after", "run directly after this component" },
	OPTION_SET,
	OPTION_MAP,
	OPTION_DEVBOUND,
	OPTION_MAP_OWNER("root"),
	OPTION_MAP_MODE("600"),
	{ "slot", "NAME", "slot",
	  "attach into this slot of the device's policy (see 'xdpctl policy show')" },
	{ "mode", "native|skb", "mode",
	  "XDP mode of the device (default: unchanged; for a new device native,\n"
	  "or skb if the driver has no native XDP)" },
	{ "on-failure", "skip|drop", "on_failure",
	  "if the component cannot be loaded after a reboot: skip it, or drop the\n"
	  "packets that would reach it (default: skip)" },
	{ "match", "WHAT", "match",
	  "how to identify the device when it reappears: mac=ADDRESS,\n"
	  "permaddr=ADDRESS or altname=NAME (default: by its name)" },
	{ "interop", "none|libxdp", "interop",
	  "let libxdp's tools (xdp-loader status) list the components, ten at most\n"
	  "(default: unchanged, at first none)" },
	{ "while-connected", NULL, "while_connected",
	  "wait after attaching, and detach the component when xdpctl ends, however\n"
	  "it ends; with '-- COMMAND', run COMMAND and end with it; a restart of the\n"
	  "daemon does not end it" },
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

/* Does it choose a place in a chain? */
static bool is_ordered(const struct attach_request *request)
{
	const struct component_request *component = &request->component;

	return component->priority.given || component->proceed_on.given ||
	       component->allow_verdicts.given || component->on_failure || request->before ||
	       request->after;
}

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct attach_request *request = userdata;
	enum exit_status status;

	if (!request->devices.n_items)
		return usage(invocation->verb, "attach needs --dev");
	if (request->before && request->after)
		return usage(invocation->verb, "attach takes --before or --after, not both");
	if (request->slot && is_ordered(request))
		return usage(
			invocation->verb,
			"--slot cannot be combined with --prio, --proceed-on, --allow-verdicts, "
			"--before, --after or --on-failure; the policy decides these");
	if (invocation->command && !request->while_connected)
		return usage(invocation->verb, "a command after '--' needs --while-connected");
	status = open_pins(&request->component.share_maps, &request->pins);
	if (status == EXIT_DONE)
		status = open_object(invocation->operands[0], &request->object);
	return status != EXIT_DONE ? status
				   : signatures_open(invocation, invocation->operands[0],
						     &request->libraries, &request->signatures);
}

static void show(const json_t *parameters)
{
	show_results(parameters, "attached");
}

static void disconnectp(struct xdpd_connection **connection)
{
	xdpd_disconnect(*connection);
}

static void show_printable(const json_t *reply)
{
	cleanup(json_decrefp) json_t *safe = reply_printable(reply);

	show(safe);
}

/* Until the command ends, or else until xdpctl is killed. The output of xdpctl is that of the command. */
static enum exit_status stay(const struct invocation *invocation,
			     struct xdpd_connection *connection, const json_t *reply)
{
	if (invocation->command)
		return run_command(invocation->command, connection, invocation->socket);
	if (invocation->json)
		show_json(reply);
	else
		show_printable(reply);
	return fflush(stdout) == 0 ? client_wait(connection, invocation->socket) : EXIT_DONE;
}

/* With --while-connected: the component ends with the connection, so that stays open. */
static bool converse(const struct invocation *invocation, const void *request,
		     enum exit_status *ret_status, json_t **ret)
{
	const struct attach_request *attach = request;
	cleanup(disconnectp) struct xdpd_connection *connection = NULL;
	cleanup(json_decrefp) json_t *reply = NULL;

	if (!attach->while_connected)
		return false;
	*ret_status = client_connect(invocation->socket, &connection);
	if (*ret_status == EXIT_DONE)
		*ret_status = client_enable_reconnect(connection);
	if (*ret_status == EXIT_DONE)
		*ret_status = client_call_on(connection, &methods[METHOD_ATTACH], request, &reply,
					     NULL);
	if (*ret_status != EXIT_DONE) {
		*ret = steal(reply);
		return true;
	}
	*ret_status = stay(invocation, connection, reply);
	return true;
}

const struct verb verb_attach = {
	.name = "attach",
	.operands = { "OBJECT" },
	.runs_command = true,
	.summary = "Attach an XDP program to one or more devices.",
	.method = METHOD_ATTACH,
	.options = options,
	.prepare = prepare,
	.converse = converse,
	.show = show,
};
