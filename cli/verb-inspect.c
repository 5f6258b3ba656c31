// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/verb.h"
#include "ipc/inspect-interface.h"

static const struct option_row options[] = {
	{ "btf", "FILE", "btf",
	  "check against another kernel: its BTF, or a vmlinux with BTF\n"
	  "(default: the running kernel)" },
	{ "prog", "SYMBOL", "program", "program to check, if the object has several" },
	OPTION_LINK,
	{ "policy", "FILE", "policy",
	  "object file of a policy, to check that the program fits its --slot" },
	{ "slot", "NAME", "slot", "slot of that policy that the program should fit" },
	{},
};

const struct verb verb_inspect = {
	.name = "inspect",
	.operands = { "OBJECT" },
	.summary = "Show what an object file contains and whether it can be attached here.",
	.local = &inspect_method,
	.helper = "xdpd-inspect",
	.options = options,
};
