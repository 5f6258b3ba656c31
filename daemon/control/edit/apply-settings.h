// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/*
 * Gives the target the settings of the device itself, and notes in the plan which of them change. In the name of an `owner`
 * (NULL: none), settings that are not given stay. Errors: InvalidArgument if the owner wants another value than the one that
 * was set before; those of target_choose_mode() and target_set_match().
 */
int apply_settings(struct target *target, const char *owner, const struct apply_device *wanted,
		   struct plan *plan, struct error *error);

/* The error of an owner that wants another value of a setting, such as "interop", than the device has. */
int apply_refuse_setting(const char *ifname, const char *setting, const char *value,
			 const char *owner, const char *wanted, struct error *error);
