#pragma once

#include "base/error.h"
#include "daemon/kernel/xdp-mode.h"

#include <stdbool.h>

/* What libxdp's interoperation is called in files. */
#define INTEROP_NAME "libxdp"

/* What a user may set of a device, beside the chain. */
struct device_config {
	enum xdp_mode mode; /* wanted */
	bool interop;	    /* wanted: libxdp's tools list its components */
	bool suspended;	    /* packets bypass the chain, which stays loaded */
	char *match;	    /* identifies the device when it reappears; NULL: its name does */
};

/* Frees the contents. */
void device_config_done(struct device_config *config);

/* Frees what `*ret` had. -ENOMEM. */
int device_config_copy(const struct device_config *config, struct device_config *ret,
		       struct error *error);
