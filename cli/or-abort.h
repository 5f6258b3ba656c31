// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <stdlib.h>

/*
 * Returns the pointer to new memory; ends the program if there was none. For the programs of xdpctl, whose allocations
 * are small, and which hold nothing that would be lost.
 */
static inline void *or_abort(void *pointer)
{
	if (!pointer)
		abort();
	return pointer;
}
