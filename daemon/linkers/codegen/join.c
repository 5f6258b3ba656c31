// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/linkers/codegen/join.h"

#include "base/cleanup.h"
#include "base/names.h"

#include <assert.h>

static const char *const join_names[] = {
	[JOIN_EXTENSION] = "extension",
	[JOIN_INLINED] = "inlined",
	[JOIN_CALLED] = "called",
	[JOIN_TAIL_CALLED] = "tail_called",
};
static_assert(array_size(join_names) == JOIN_COUNT, "every way to join has a name");

const struct join_result join_result_tail_called = {
	JOIN_TAIL_CALLED, "its object is unknown, so it never returns to the chain and its "
			  "verdicts are not counted; supply its object with 'xdpctl replace'"
};

const char *join_name(enum join join)
{
	assert(join >= 0 && join < JOIN_COUNT);
	return join_names[join];
}

enum join join_from_name(const char *name)
{
	return names_find(join_names, JOIN_COUNT, name);
}
