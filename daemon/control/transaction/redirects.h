// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/chain/chain.h"
#include "daemon/kernel/attachment.h"
#include "daemon/kernel/netns.h"

/*
 * Packets that a chain redirects, and that never arrive: the kernel drops them after the program has
 * returned, so they count as redirected.
 */

/* Does a component of the chain have a map that holds devices or programs? Makes no system call. */
bool redirects_are_possible(const struct chain *chain);

/*
 * A sentence about a device in a devmap of the chain that drops what is redirected to it, to be freed. NULL:
 * there is none, or the kernel does not report it (before 6.3). `attachment` is that of the chain's device
 * `ifindex`. On the worker.
 */
char *redirects_describe_lost(const struct chain *chain, const struct netns *netns,
			      unsigned int ifindex, const struct attachment *attachment);
