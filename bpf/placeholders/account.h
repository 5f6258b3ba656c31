#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/*
 * Where a rootlet that may have one map only, which is not for counters, says that a packet leaves the
 * chain: in which row, with which verdict. What replaces it counts. It uses both, or the compiler
 * would not hand them over.
 */
__noinline int account(int row, int verdict)
{
	volatile int used = row + verdict;

	return used;
}
