#pragma once

#include "base/verdict.h"

#include <linux/bpf.h>
#include <stddef.h>

/*
 * The verdicts that the program may return, as far as its code tells: constants are followed through
 * registers and functions; what comes from memory, from a helper or from a tail call may be any, though
 * `redirect` only in a program that calls a helper for it. The first function is the program itself.
 * Takes time in proportion to the code, and makes no system call. Without memory, for code that no verifier
 * would take, and for code that was made to be hard to follow: all.
 */
verdict_set possible_verdicts(const struct bpf_insn *instructions, size_t n_instructions);
