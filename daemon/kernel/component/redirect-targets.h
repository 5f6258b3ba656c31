// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include <net/if.h>
#include <stdbool.h>

struct component;

/*
 * Finds the first device in the devmaps of the component that drops packets redirected to it
 * (daemon/kernel/info/xdp-features.h). `ifname` becomes its name. The thread is in the network namespace in which
 * the entries were written, which the kernel does not report. Only the first thousand entries of a map are
 * read. Where a program redirects without a map cannot be known.
 */
bool redirect_targets_find_lost(const struct component *component, char ifname[static IF_NAMESIZE]);
