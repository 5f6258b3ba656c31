// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/transaction/transaction.h"

/*
 * What a change of a client may do that has the right over components of some owners only (daemon/chain/grant.h).
 * All of these do nothing for a change of any other client. Errors: NoPermission; LimitExceeded for the budget.
 */

/*
 * Before the edit: the client may change the devices of all targets, and the unconfirmed changes that it decides
 * about, or adds to, change nothing but components of its owners.
 */
int grant_check_targets(const struct transaction *transaction, struct error *error);

/*
 * May the client change components of that owner on the device? For a change that finds devices by the owner. True
 * for other clients.
 */
bool grant_covers_device(const struct transaction *transaction, const char *owner,
			 const struct device *device);

/*
 * Before a component is loaded or changed: may the client change components of that owner on the device? Limits
 * the verdicts in these settings to those of the grant. Errors also if the options, which may be NULL, ask for
 * others, and if the component would not proceed on pass.
 */
int grant_limit_settings(const struct transaction *transaction, const struct target *target,
			 const char *owner, const char *name,
			 const struct component_options *options,
			 struct component_settings *settings, struct error *error);

/*
 * Before a component of the owner is loaded: does the spec share only maps of other components of that owner, and is
 * what the change has loaded so far within the budget? So a change loads at most one component more than it may.
 */
int grant_check_load(const struct transaction *transaction, const struct target *target,
		     const char *owner, const char *name, const struct component_spec *spec,
		     struct error *error);

/* Does the change of a limited client set something of the device? `setting` names it. */
int grant_check_setting(const struct transaction *transaction, const struct target *target,
			const char *setting, bool changes, struct error *error);

/* After the edit: everything that changed is allowed, and within the budget. */
int grant_check_edit(const struct transaction *transaction, struct error *error);
