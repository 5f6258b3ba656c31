#pragma once

#include "base/error.h"
#include "daemon/kernel/placeholders.h"

/*
 * Loads an extension that counts in the map what the rootlet tells account() (bpf/placeholders/account.h),
 * and links it. `template` has the rootlet's functions and attach type; the fds stay the caller's.
 * Returns the link, which keeps the extension: an fd, to be closed.
 */
int counter_extension_link(const struct placeholders *template, int rootlet_fd, int counters_fd,
			   struct error *error);
