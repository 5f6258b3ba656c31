// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
/*
 * Wraps the daemon's layout of a chain (-Wl,--wrap), and makes a mistake in the last component as long as
 * the file exists that XDPD_TEST_FAULT names.
 */
#include "daemon/linkers/codegen/layout.h"

#include <stdlib.h>
#include <unistd.h>

int __real_layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
			const struct counting *counting, struct layout *ret);
int __wrap_layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
			const struct counting *counting, struct layout *ret);

int __wrap_layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
			const struct counting *counting, struct layout *ret)
{
	const char *path = getenv("XDPD_TEST_FAULT");
	int result = __real_layout_chain(blocks, n_blocks, frame, counting, ret);

	if (result == 0 && n_blocks && path && access(path, F_OK) == 0)
		ret->instructions[place_of(&ret->places[n_blocks - 1], &blocks[n_blocks - 1], 0)]
			.imm ^= 1;
	return result;
}
