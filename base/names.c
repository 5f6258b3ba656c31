#include "base/names.h"

#include <string.h>

size_t names_find(const char *const *names, size_t n, const char *name)
{
	size_t found = 0;

	while (found < n && strcmp(names[found], name) != 0)
		found++;
	return found;
}
