// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "ipc/interface.h"

/*
 * What 'xdpctl inspect' reports about an object, declared like the daemon's replies. No daemon is asked, so
 * it is not part of the Varlink interface.
 */
struct inspect_request {
	int object;
	struct descriptors libraries;
	char *program;
	char *btf;
	char *policy;
	char *slot;
};

extern const struct method inspect_method;

/* The types that it uses; the list ends with NULL. */
extern const struct type *const inspect_types[];
