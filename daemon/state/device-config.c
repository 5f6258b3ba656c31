// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#include "daemon/state/device-config.h"

#include "base/cleanup.h"

#include <string.h>

void device_config_done(struct device_config *config)
{
	free(config->match);
	strings_done(&config->owners);
	*config = (struct device_config){};
}

int device_config_copy(const struct device_config *config, struct device_config *ret,
		       struct error *error)
{
	char *match = config->match ? strdup(config->match) : NULL;

	struct strings owners = {};

	if ((config->match && !match) || strings_append(&owners, &config->owners) < 0) {
		free(match);
		strings_done(&owners);
		return error_memory(error);
	}
	device_config_done(ret);
	*ret = *config;
	ret->match = match;
	ret->owners = owners;
	return 0;
}
