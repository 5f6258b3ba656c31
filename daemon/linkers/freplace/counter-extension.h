#pragma once

#include "base/error.h"
#include "daemon/kernel/placeholders.h"

/*
 * Loads an extension that counts what the rootlet passes to account() (bpf/placeholders/account.h) in the
 * map, and links it. `template` has the rootlet's functions and attach type; the fds stay the caller's.
 * Returns the link, an fd to be closed, which keeps the extension.
 */
int counter_extension_link(const struct placeholders *template, int rootlet_fd, int counters_fd,
			   struct error *error);
