// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "cli/exec-helper.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* Runs the helper program in the directory of this program; returns if it is not there. */
static void run_neighbour(const char *name, char **argv)
{
	char path[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", path, sizeof(path));
	char *end;

	if (length <= 0 || length == sizeof(path))
		return;
	path[length] = '\0';
	end = strrchr(path, '/') + 1;
	if (snprintf(end, path + sizeof(path) - end, "%s", name) < path + sizeof(path) - end)
		execv(path, argv);
}

enum exit_status exec_helper(const char *name, char **argv)
{
	char path[PATH_MAX];

	run_neighbour(name, argv);
	snprintf(path, sizeof(path), HELPER_DIRECTORY "/%s", name);
	execv(path, argv);
	report_error("cannot run '%s' (%s); it should be installed together with xdpctl", path,
		     strerror(errno));
	return EXIT_REFUSED;
}
