#include "daemon/kernel/mode.h"

#include "base/cleanup.h"

#include <assert.h>
#include <string.h>

static const char *const names[] = {
	[MODE_UNSET] = "unset",
	[MODE_NATIVE] = "native",
	[MODE_SKB] = "skb",
};
static_assert(array_size(names) == MODE_COUNT, "every mode has a name");

const char *mode_name(enum mode mode)
{
	assert(mode >= 0 && mode < MODE_COUNT);
	return names[mode];
}

enum mode mode_from_name(const char *name)
{
	enum mode mode = 0;

	while (mode < MODE_COUNT && strcmp(names[mode], name) != 0)
		mode++;
	return mode;
}
