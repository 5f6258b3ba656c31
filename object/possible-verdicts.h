// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/verdict.h"

#include <linux/bpf.h>
#include <stddef.h>

/*
 * The verdicts that the program may return, as far as its code shows: constants are followed through
 * registers and functions; a value from memory, from a helper or from a tail call can be any verdict, but
 * `redirect` only if the program calls a helper that redirects. The first function is the program itself.
 * Takes time in proportion to the code, and makes no system call. If memory runs out, the code is invalid, or
 * it is too hard to follow, the result is all verdicts.
 */
verdict_set possible_verdicts(const struct bpf_insn *instructions, size_t n_instructions);
