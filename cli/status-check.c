// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "cli/status-check.h"

#include "cli/show.h"

#include <stdio.h>
#include <string.h>

/* Prints "eth0 in /run/netns/blue: 'fw' does not run: WHY". */
static void print_problem(const json_t *device, const char *component, const char *what,
			  const char *why)
{
	const char *netns = reply_text(device, "netns");

	printf("%s%s%s: ", reply_text(device, "ifname"), *netns ? " in " : "", netns);
	if (component)
		printf("'%s' ", component);
	printf("%s%s%s\n", what, *why ? ": " : "", why);
}

/* Counts the components of the device that are not loaded, and prints each. */
static size_t check_components(const json_t *device, bool print)
{
	json_t *component;
	size_t i, n_problems = 0;

	json_array_foreach(json_object_get(device, "components"), i, component)
	{
		if (strcmp(reply_text(component, "state"), "failed") != 0)
			continue;
		n_problems++;
		if (print)
			print_problem(device, reply_text(component, "name"), "does not run",
				      reply_text(component, "failure"));
	}
	return n_problems;
}

/* The same for everything that is wanted on the device. */
static size_t check_device(const json_t *device, bool print)
{
	const char *state = reply_text(device, "state");

	if (!strcmp(state, "released"))
		return 0;
	if (json_object_get(device, "suspended"))
		state = "suspended";
	if (!strcmp(state, "attached"))
		return check_components(device, print);
	if (print)
		print_problem(device, NULL, state, reply_text(device, "note"));
	return 1;
}

size_t status_check_files(const json_t *files, bool print)
{
	json_t *file;
	size_t i;

	json_array_foreach(files, i, file)
	{
		if (print)
			printf("%s was refused: %s\n", reply_text(file, "file"),
			       reply_text(file, "why"));
	}
	return json_array_size(files);
}

size_t status_check(const json_t *devices, const json_t *files, bool print)
{
	size_t i, n_problems = status_check_files(files, print);
	json_t *device;

	json_array_foreach(devices, i, device) n_problems += check_device(device, print);
	return n_problems;
}
