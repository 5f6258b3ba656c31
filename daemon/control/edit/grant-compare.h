// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/change.h"
#include "daemon/state/device.h"

/* Compares what a device has before and after a change of a limited client. Makes no system call. */

/* A device, and what is compared on it. */
struct grant_comparison {
	const struct change *change;
	const struct device *device;
	const struct device_config *config_before, *config;
	const struct chain *chain_before, *chain;
};

/*
 * Does the change differ only in components of the client's owners, each on a device of its grant? Those of others
 * must be the same, in the same order, and so must the settings of the device. Errors: NoPermission.
 */
int grant_compare(const struct grant_comparison *comparison, struct error *error);

/* Are both the same attachment, with the same program and settings? */
bool grant_same_entry(const struct entry *one, const struct entry *other);
bool grant_same_map_permissions(const struct map_permissions *one,
				const struct map_permissions *other);

/* Is the grant about the device? */
bool grant_covers(const struct grant *grant, const struct device *device);

/* Set NoPermission, and return -EPERM. `owner`: of the component `name`; NULL: it has none. */
int grant_refuse_owner(const struct change *change, const char *name, const char *owner,
		       struct error *error);
int grant_refuse_setting(const struct change *change, const char *ifname, const char *setting,
			 struct error *error);
int grant_refuse_device(const struct grant *grant, const char *ifname, struct error *error);
