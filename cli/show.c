// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/show.h"

#include "cli/terminal.h"

#include <inttypes.h>
#include <stdio.h>

const char *reply_text(const json_t *object, const char *name)
{
	return json_string_value(json_object_get(object, name)) ?: "";
}

uint64_t reply_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}

void show_json(const json_t *value)
{
	print_json(value, JSON_COMPACT);
}

/* Prints "eth0", or "eth0 in /run/netns/blue". */
void show_device(const json_t *object)
{
	const char *netns = reply_text(object, "netns");

	printf("%s%s%s: ", reply_text(object, "ifname"), *netns ? " in " : "", netns);
}

static void show_result(const json_t *result, const char *done)
{
	const char *name = reply_text(result, "name");
	const char *note = reply_text(result, "note");
	const char *mode = reply_text(result, "mode");

	show_device(result);
	printf("%s%s%s", name, *name ? " " : "", done);
	if (*mode)
		printf(", generation %" PRIu64 " (%s mode)\n", reply_number(result, "generation"),
		       mode);
	else
		printf("%s\n", *note ? "" : ", device released");
	if (*note) {
		show_device(result);
		printf("%s\n", note);
	}
	if (json_object_get(result, "confirm_within")) {
		show_device(result);
		printf("rolls back in %" PRIu64 " s unless 'xdpctl confirm' comes first\n",
		       reply_number(result, "confirm_within"));
	}
}

void show_results(const json_t *parameters, const char *done)
{
	const json_t *results = json_object_get(parameters, "results");
	json_t *result;
	size_t i;

	json_array_foreach(results, i, result) show_result(result, done);
}
