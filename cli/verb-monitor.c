// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "base/cleanup.h"
#include "cli/client.h"
#include "cli/print-time.h"
#include "cli/show.h"
#include "cli/verb.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct option_row options[] = {
	{ "dev", "NAME", "devices", "only events of this device (repeatable)" },
	{ "netns", "NAME|PATH", "netns",
	  "only events of devices in this network namespace, or 'default' for xdpd's\n"
	  "(default: with --dev the one that xdpctl runs in, else all)" },
	{ "kind", "KIND", "kinds", "only events of this kind, such as swapped (repeatable)" },
	{ "count", "N", NULL, "end after N events (default: until interrupted)" },
	{},
};

struct monitor {
	bool json;
	uint64_t left; /* events to show; 0: no limit */
};

static void print_event(const json_t *event)
{
	cleanup(json_decrefp) json_t *safe = reply_printable(event);
	const char *netns = reply_text(safe, "netns");

	print_local_time(stdout, "%Y-%m-%d %H:%M:%S", reply_number(safe, "time") * 1000, 3);
	printf(" %-15s %s", reply_text(safe, "kind"), reply_text(safe, "sentence"));
	if (*netns && !strstr(reply_text(safe, "sentence"), netns))
		printf(" (in %s)", netns);
	if (json_object_get(safe, "lost"))
		printf(" (%" PRIu64 ")", reply_number(safe, "lost"));
	putchar('\n');
}

/* Each line is flushed at once, also into a pipe; if the reader is gone, listening ends. */
static bool heard(void *userdata, const json_t *parameters)
{
	struct monitor *monitor = userdata;
	const json_t *event = json_object_get(parameters, "event");

	if (monitor->json)
		show_json(event);
	else
		print_event(event);
	return fflush(stdout) == 0 && (monitor->left == 0 || --monitor->left > 0);
}

static bool converse(const struct invocation *invocation, const void *request,
		     enum exit_status *ret_status, json_t **ret)
{
	const char *count = option_given(invocation, "count");
	struct monitor monitor = { .json = invocation->json };
	char *end = NULL;

	if (count)
		monitor.left = strtoull(count, &end, 10);
	if (count && (*end || *count < '1' || *count > '9'))
		*ret_status = usage(invocation->verb, "--count takes a number from 1, not '%s'",
				    count);
	else
		*ret_status = client_listen(invocation->socket, &methods[METHOD_MONITOR], request,
					    heard, &monitor, UINT64_MAX, ret);
	return true;
}

const struct verb verb_monitor = {
	.name = "monitor",
	.summary = "Print what happens, as it happens: changes, swaps, devices that come or go.",
	.method = METHOD_MONITOR,
	.options = options,
	.converse = converse,
};
