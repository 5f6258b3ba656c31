#include "cli/verbs.h"
#include "ipc/inspection.h"

static const struct option_row options[] = {
	{ "btf", "FILE", "btf",
	  "for the kernel with these types: BTF, or a vmlinux with it (default: this one)" },
	{ "prog", "SYMBOL", "program", "if the object has several programs" },
	OPTION_LINK,
	{ "policy", "FILE", "policy", "object of a policy, and" },
	{ "slot", "NAME", "slot", "its function that the program is to take the place of" },
	{},
};

const struct verb verb_inspect = {
	.name = "inspect",
	.operands = { "OBJECT" },
	.summary = "Shows what is in an object file, and whether attaching it would work here.",
	.local = &inspection,
	.helper = "xdpd-inspect",
	.options = options,
};
