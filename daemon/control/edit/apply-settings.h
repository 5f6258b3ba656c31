// SPDX-License-Identifier: GPL-2.0-or-later OR BSD-2-Clause
#pragma once

#include "daemon/control/edit/apply-options.h"
#include "daemon/control/transaction/transaction.h"

/* A setting of a device, as text, and what a chain file wants. */
struct apply_setting {
	const char *name;   /* in chain files */
	const char *before; /* NULL: the default */
	const char *wanted; /* NULL: the default, or not given */
};

/*
 * Decides whether the target gets the wanted value, `*ret_changes`, and notes that in the plan. For the file of an `owner`
 * (NULL: of none), a setting that it does not give stays, unless only this owner wanted it before; then it becomes the default
 * again. Owners that want the same value own the setting together. Errors: InvalidArgument, with a sentence that names both
 * owners, if another owner, or a change without an owner, has set another value.
 */
int apply_setting_decide(struct target *target, const char *owner,
			 const struct apply_setting *setting, struct plan *plan, bool *ret_changes,
			 struct error *error);

/*
 * Gives the target the settings of the device itself except for the policy, and notes in the plan which of them change. Errors:
 * those of apply_setting_decide(), target_choose_mode() and target_set_match().
 */
int apply_settings(struct target *target, const char *owner, const struct apply_device *wanted,
		   struct plan *plan, struct error *error);

/* Notes in the plan if the owners of the settings change; to be called after all settings were decided. -ENOMEM */
int apply_settings_note_owners(const struct target *target, struct plan *plan, struct error *error);
