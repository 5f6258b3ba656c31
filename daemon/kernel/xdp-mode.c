#include "daemon/kernel/xdp-mode.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <assert.h>

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

const char *mode_said(enum mode mode)
{
	return mode == MODE_UNSET ? NULL : mode_name(mode);
}

enum mode mode_from_name(const char *name)
{
	return names_find(names, MODE_COUNT, name);
}
