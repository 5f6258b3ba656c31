#include "base/cleanup.h"
#include "cli/inspection-text.h"
#include "cli/inspection.h"
#include "cli/verbs.h"
#include "object/messages.h"
#include "object/object.h"

#include <string.h>

static const struct option_row options[] = {
	{ "btf", "FILE", "btf",
	  "for the kernel with these types: BTF, or a vmlinux with it (default: this one)" },
	{ "prog", "SYMBOL", "program", "if the object has several programs" },
	{},
};

static enum exit_status prepare(const struct invocation *invocation, void *userdata)
{
	struct inspect_request *request = userdata;

	return open_object(invocation->operands[0], &request->object);
}

/* As attach calls it. */
static int reply(const struct invocation *invocation, const void *request, json_t **ret,
		 struct error *error)
{
	const char *slash = strrchr(invocation->operands[0], '/');
	int result;

	messages_init();
	result = object_init(NULL, error);
	if (result < 0)
		return result;
	return inspection_make(request, slash ? slash + 1 : invocation->operands[0], ret, error);
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
