#include "cli/verbs.h"

#include "base/cleanup.h"

#include <fcntl.h>
#include <stdio.h>

static const char *const modes[] = { "native", "skb", NULL };

#define ROW(option, argument, kind, member, ...)                                             \
	{                                                                                    \
		option, argument, kind, offsetof(struct attach_request, member), __VA_ARGS__ \
	}

static const struct option_row options[] = {
	ROW("dev", "NAME", OPTION_TEXTS, devices, .help = "device; several times for several"),
	ROW("prio", "N", OPTION_NUMBER, priority, .maximum = PRIORITY_MAX,
	    .help = "0 to 65535, lower runs first (default: the object's, else 50)"),
	ROW("proceed-on", "LIST", OPTION_VERDICTS, proceed_on,
	    .help = "verdicts after which the next one runs, as pass,tx (default: the object's, "
		    "else pass)"),
	ROW("name", "NAME", OPTION_TEXT, name, .help = "on the device (default: the program's)"),
	ROW("prog", "SYMBOL", OPTION_TEXT, program, .help = "if the object has several programs"),
	ROW("before", "NAME", OPTION_TEXT, before, .help = "run right before that component"),
	ROW("after", "NAME", OPTION_TEXT, after, .help = "run right after that component"),
	ROW("mode", "native|skb", OPTION_CHOICE, mode, .names = modes,
	    .help = "of the device (default: native, where the driver has it)"),
	ROW("expect-generation", "N", OPTION_NUMBER, expect_generation,
	    .help = "refuse if a device has moved on"),
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct attach_request *request = userdata;

	if (!request->devices.n_items)
		return usage(invocation->verb, "attach needs --dev");
	if (request->before && request->after)
		return usage(invocation->verb, "attach takes --before or --after, not both");
	request->object = open(invocation->operand, O_RDONLY | O_CLOEXEC);
	if (request->object >= 0)
		return EXIT_DONE;
	fprintf(stderr, "xdpctl: cannot open '%s': %s\n", invocation->operand, errno_name(errno));
	return EXIT_REFUSED;
}

static void show(const json_t *parameters)
{
	show_results(parameters, "attached");
}

const struct verb verb_attach = {
	.name = "attach",
	.operand = "OBJECT",
	.summary = "Adds an XDP program from an object file to the chains of devices, all or none.",
	.method = METHOD_ATTACH,
	.options = options,
	.prepare = prepare,
	.show = show,
};
