// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#define _GNU_SOURCE
#include "base/names.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t names_find(const char *const *names, size_t n, const char *name)
{
	size_t found = 0;

	while (found < n && strcmp(names[found], name) != 0)
		found++;
	return found;
}

int names_append(char **list, const char *name)
{
	char *longer;

	if (asprintf(&longer, "%s%s%s", *list ?: "", *list ? ", " : "", name) < 0)
		return -ENOMEM;
	free(*list);
	*list = longer;
	return 0;
}
