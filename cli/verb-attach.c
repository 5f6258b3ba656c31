#include "cli/verbs.h"

static const struct option_row options[] = {
	OPTION_DEV,
	OPTION_NETNS,
	{ "prio", "N", "priority",
	  "0 to 65535, lower runs first (default: the object's, else 50)" },
	{ "proceed-on", "LIST", "proceed_on",
	  "after these verdicts the next one runs, as pass,tx\n(default: the object's, else "
	  "pass)" },
	OPTION_ALLOW_VERDICTS,
	{ "name", "NAME", "name", "on the device (default: the program's)" },
	{ "prog", "SYMBOL", "program", "if the object has several programs" },
	OPTION_LINK,
	{ "before", "NAME", "before", "run right before that component" },
	{ "after", "NAME", "after", "run right after that component" },
	OPTION_SET,
	OPTION_MAP,
	OPTION_DEVBOUND,
	OPTION_MAP_OWNER,
	OPTION_MAP_MODE,
	{ "slot", "NAME", "slot", "fill that slot of the device's policy (xdpctl policy show)" },
	{ "mode", "native|skb", "mode",
	  "of the device (default: native, where the driver has it)" },
	{ "on-failure", "skip|drop", "on_failure",
	  "if it cannot be loaded when the machine starts again: run without it, or drop\nwhat "
	  "would "
	  "reach it (default: skip)" },
	{ "match", "WHAT", "match",
	  "what tells the device when it comes again, whatever its name then:\nmac=ADDRESS, "
	  "permaddr=ADDRESS or altname=NAME (default: its name)" },
	{ "interop", "none|libxdp", "interop",
	  "have libxdp's tools (xdp-loader status) list the components of the device, ten at\nmost "
	  "(default: as it was)" },
	OPTION_EXPECT_GENERATION,
	OPTION_CONFIRM,
	{},
};

/* Does it say anything of its place in a chain? */
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
		return usage(invocation->verb,
			     "with --slot there is no --prio, --proceed-on, --allow-verdicts, "
			     "--before, --after or --on-failure: that is the policy's business");
	status = open_pins(&request->component.share_maps, &request->pins);
	return status != EXIT_DONE ? status
				   : open_object(invocation->operands[0], &request->object);
}

static void show(const json_t *parameters)
{
	show_results(parameters, "attached");
}

const struct verb verb_attach = {
	.name = "attach",
	.operands = { "OBJECT" },
	.summary = "Adds an XDP program from an object file to devices, all or none.",
	.method = METHOD_ATTACH,
	.options = options,
	.prepare = prepare,
	.show = show,
};
