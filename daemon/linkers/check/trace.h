// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/check/moved-code.h"

/*
 * Blocks of instructions that trace. What they record is not proved, only that they do nothing else: they read,
 * write to the stack, to records that they reserve in the ring buffers of tracers, and to counters of tracers,
 * and call a few helpers. Claims the blocks of the chain: each is entered at its first instruction, left at its
 * end, has no loop, and may not do more than that. path_follow() proves that they overwrite nothing on the stack
 * that the chain needs.
 */
int trace_claim(struct program *program, const struct checked_chain *chain);

/* The block that begins at that instruction; NULL: none does. */
const struct checked_trace *trace_find(const struct checked_chain *chain, size_t at);

/* Does the claimed block write to these bytes of the stack (`offset` is from the end of the frame), or outside of it? */
bool trace_overwrites(const struct program *program, const struct checked_trace *trace, long offset,
		      int size);
