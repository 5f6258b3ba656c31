// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/linkers/codegen/join.h"
#include "daemon/linkers/codegen/trace-plan.h"
#include "daemon/linkers/fused/code-analysis.h"

#include <stddef.h>

/*
 * Decides which components of a fused chain are inlined. A component that cannot be inlined is called. If
 * the frames of all components need too much stack, or the function is too long for its jumps, the largest
 * ones are called instead. Makes no system call. Returns the index of a component that does not fit either
 * way, or `n` if all fit.
 */
size_t inline_choose(const struct code_analysis *analyses, size_t n,
		     struct join_result *join_results, const struct trace_plan *trace,
		     struct frame *frame);
