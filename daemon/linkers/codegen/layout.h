#pragma once

#include "daemon/linkers/codegen/block.h"

#include <stddef.h>

/* Where an instruction of the block is now. What was taken out is where the next one is. */
size_t place_of(const struct place *place, const struct block *block, size_t instruction);

/*
 * Lays out a program that runs each block with the context, tests the verdict, counts in the
 * way that `counting` says where the packet left, and who was overruled, and returns the verdict. From
 * a tail call no verdict comes back, so that each counts as aborted; account() cannot count it.
 * `frame` comes from inline_choose(). Makes no system call. -ENOMEM; -ERANGE when jumps
 * would be too long. Free with layout_done().
 */
int layout_chain(const struct block *blocks, size_t n_blocks, const struct frame *frame,
		 const struct counting *counting, struct layout *ret);
void layout_done(struct layout *layout);
