// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "sandbox/helper-path.h"

#include "base/cleanup.h"

#include <stdio.h>
#include <string.h>

/* Where the program can be, relative to the directory of this program, besides HELPER_DIRECTORY. */
static const char *const places[] = {
	"",		 /* both are installed there */
	"/../parser",	 /* in a build */
	"/../../parser", /* in its tests */
};

void helper_find(const char *program, char ret[static PATH_MAX])
{
	char directory[PATH_MAX];
	ssize_t length = readlink("/proc/self/exe", directory, sizeof(directory) - 1);

	if (length > 0) {
		directory[length] = '\0';
		*strrchr(directory, '/') = '\0';
	}
	for (size_t i = 0; length > 0 && i < array_size(places); i++)
		if (snprintf(ret, PATH_MAX, "%s%s/%s", directory, places[i], program) < PATH_MAX &&
		    access(ret, X_OK) == 0)
			return;
	snprintf(ret, PATH_MAX, HELPER_DIRECTORY "/%s", program);
}
