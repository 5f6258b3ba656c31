// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/codegen/block.h"

#include <stddef.h>

/*
 * The present position of an instruction of the block. An instruction that was removed has the position of
 * the next one.
 */
size_t place_of(const struct place *place, const struct block *block, size_t instruction);

/*
 * Lays out a program that runs each block with the context, tests its verdict, and returns the verdict of
 * the chain. As `counting` says, it counts where packets leave and which verdicts were forbidden. A tail
 * call returns no verdict, so each counts as aborted; account() cannot count it. `frame` comes from
 * inline_choose(). Makes no system call. -ENOMEM; -ERANGE if jumps would be too long. Free with
 * layout_done().
 */
int layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
		 const struct counting *counting, struct layout *ret);
void layout_done(struct layout *layout);
