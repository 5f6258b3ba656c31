// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "daemon/kernel/placeholders.h"

/*
 * Loads and links an extension that counts, in the map, the calls of the rootlet's account()
 * (bpf/placeholders/account.h). `template` has the rootlet's functions and attach type; the caller keeps the
 * fds. Returns the fd of the link, which the caller closes, and which keeps the extension loaded.
 */
int counter_extension_link(const struct placeholders *template, int rootlet_fd, int counters_fd,
			   struct error *error);
