#pragma once

#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/fused/code-analysis.h"

#include <stddef.h>

/*
 * Decides, for a chain of fused components, which are inlined. Who cannot be, is called; where
 * frames would not fit below each other, or the whole is too long for its jumps, those with the
 * largest are called instead. Makes no system call. Returns the index of a component that does not
 * fit either way, or `n` if all do.
 */
size_t inline_choose(const struct code_analysis *analyses, size_t n,
		     struct join_result *join_results, struct frame *frame);
