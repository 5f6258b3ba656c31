// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "base/error.h"
#include "base/string-list.h"
#include "daemon/kernel/xdp-mode.h"

#include <stdbool.h>

/* The name of the listing by libxdp's tools, in files. */
#define INTEROP_NAME "libxdp"

/* What a user can set for a device, besides the chain. */
struct device_config {
	enum xdp_mode mode;    /* the mode that is wanted */
	bool interop;	       /* should libxdp's tools list its components? */
	bool suspended;	       /* packets bypass the chain, which stays loaded */
	char *match;	       /* identifies the device when it reappears; NULL: its name does */
	struct strings owners; /* of these settings and the policy; see setting-owners.h */
};

/* Frees the contents. */
void device_config_done(struct device_config *config);

/* Frees the previous contents of `*ret`. -ENOMEM. */
int device_config_copy(const struct device_config *config, struct device_config *ret,
		       struct error *error);
