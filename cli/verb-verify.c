// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"
#include "cli/verb.h"

#include <stdio.h>

static const struct option_row options[] = {
	{ "repair", NULL, "repair", "repair what can be repaired" },
	{},
};

static void show(const json_t *parameters)
{
	const json_t *findings = json_object_get(parameters, "findings");
	json_t *finding;
	size_t i;

	if (json_array_size(findings) == 0)
		printf("everything is as it should be\n");
	json_array_foreach(findings, i, finding)
	{
		if (*reply_text(finding, "ifname"))
			show_device(finding);
		printf("%s%s\n", reply_text(finding, "difference"),
		       json_is_true(json_object_get(finding, "mended")) ? " (repaired)" : "");
	}
}

/* The exit status tells scripts whether something is still wrong. */
static enum exit_status judge(const json_t *parameters)
{
	json_t *finding;
	size_t i;

	json_array_foreach(json_object_get(parameters, "findings"), i, finding)
	{
		if (!json_is_true(json_object_get(finding, "mended")))
			return EXIT_REFUSED;
	}
	return EXIT_DONE;
}

const struct verb verb_verify = {
	.name = "verify",
	.summary = "Compare xdpd's state with the kernel, the pins and the disk.",
	.method = METHOD_VERIFY,
	.options = options,
	.show = show,
	.judge = judge,
};
