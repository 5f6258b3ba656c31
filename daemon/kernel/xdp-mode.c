// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
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

const char *xdp_mode_name(enum xdp_mode mode)
{
	assert(mode >= 0 && mode < MODE_COUNT);
	return names[mode];
}

const char *xdp_mode_said(enum xdp_mode mode)
{
	return mode == MODE_UNSET ? NULL : xdp_mode_name(mode);
}

enum xdp_mode xdp_mode_from_name(const char *name)
{
	return names_find(names, MODE_COUNT, name);
}
