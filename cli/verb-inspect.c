#include "base/cleanup.h"
#include "cli/inspection-text.h"
#include "cli/inspection.h"
#include "cli/verbs.h"
#include "object/messages.h"
#include "object/object.h"

static const struct option_row options[] = {
	{ "btf", "FILE", "btf",
	  "for the kernel with these types: BTF, or a vmlinux with it (default: this one)" },
	{ "prog", "SYMBOL", "program", "if the object has several programs" },
	OPTION_LINK,
	{ "policy", "FILE", "policy", "object of a policy, and" },
	{ "slot", "NAME", "slot", "its function that the program is to take the place of" },
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct inspect_request *request = userdata;

	if (!request->policy != !request->slot)
		return usage(invocation->verb, "inspect takes --policy and --slot together");
	return open_object(invocation->operands[0], &request->object);
}

static int reply(const struct invocation *invocation, const void *request, json_t **ret,
		 struct error *error)
{
	int result;

	(void)invocation;
	messages_init();
	result = object_init(NULL, error);
	return result < 0 ? result : inspection_make(request, ret, error);
}

/* Scripts want to know whether it would work. */
static enum exit_status judge(const json_t *inspected)
{
	return json_is_true(json_object_get(inspected, "attachable")) ? EXIT_DONE : EXIT_REFUSED;
}

const struct verb verb_inspect = {
	.name = "inspect",
	.operands = { "OBJECT" },
	.summary = "Shows what is in an object file, and whether attaching it would work here.",
	.local = &inspection,
	.options = options,
	.prepare = prepare,
	.reply = reply,
	.show = inspection_show,
	.judge = judge,
};
