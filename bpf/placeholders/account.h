// SPDX-License-Identifier: GPL-2.0-only OR BSD-2-Clause
#pragma once

#include <linux/bpf.h>

#include <bpf/bpf_helpers.h>

/*
 * A rootlet whose only map is not for counters reports here in which row and with which verdict a packet
 * leaves the chain. An extension that replaces this function counts. The function uses both arguments,
 * because otherwise the compiler would not pass them.
 */
__noinline int account(int row, int verdict)
{
	volatile int used = row + verdict;

	return used;
}
